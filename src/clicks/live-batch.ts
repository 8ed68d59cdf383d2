import type { ShownClick } from './shown-clicks.ts';

/** Clicks that have not been told yet: all of them counted, the newest of them kept. */
export interface LiveBatch {
  readonly count: number;
  /** Newest first, at most `MOST_KEPT`. */
  readonly newest: readonly ShownClick[];
}

export const MOST_KEPT = 50;

export const NO_CLICKS_YET: LiveBatch = { count: 0, newest: [] };

/** @param clicks oldest first */
export function withClicks({ count, newest }: LiveBatch, clicks: readonly ShownClick[]): LiveBatch {
  if (clicks.length === 0) return { count, newest };
  const fresh = clicks.slice(-MOST_KEPT).reverse();
  return { count: count + clicks.length, newest: [...fresh, ...newest].slice(0, MOST_KEPT) };
}

/** Two batches as one: bounded, however long somebody waits for it. */
export function joined(older: LiveBatch, newer: LiveBatch): LiveBatch {
  return {
    count: older.count + newer.count,
    newest: [...newer.newest, ...older.newest].slice(0, MOST_KEPT),
  };
}
