import type { ClickSource } from './candidate.ts';

/** Clicks a transaction of ingest takes when there is much to do. */
export const BATCH_CLICKS = 5_000;

/** The first and last click of each batch, without the last. */
export function* batches(
  from: number,
  to: number,
  size = BATCH_CLICKS,
): Generator<readonly [number, number]> {
  for (let start = from; start < to; start += size) yield [start, Math.min(to, start + size)];
}

/** The newest clicks: where a whole load takes hours, so many of them are enough to know its costs. */
export function newest({ clicks }: ClickSource, wanted: number): readonly [from: number, to: number] {
  return [Math.max(0, clicks - wanted), clicks];
}
