import { createHash } from 'node:crypto';
import type { PageTexts } from './page-texts.ts';

/**
 * What is known of a page that links lead to.
 *
 * ```
 * waiting ──▶ fetching ──▶ found ──(asked for after 30 days)──▶ waiting
 *    ▲           │  └─────▶ failed ──(asked for after a day)───▶ waiting
 *    └───────────┘
 *  after 1 and 10 minutes, when it may go better then
 * ```
 *
 * Whoever fetches it has a lease; when that runs out its process has ended, and somebody else takes it.
 *
 * What was found once is shown until something newer is found.
 */
export interface PagePreview extends PageTexts {
  readonly state: PreviewState;
  /** Why the last try has found nothing, in a sentence; empty when it has, or there was none. */
  readonly problem: string;
  /** When it is (or was) to be fetched, at the earliest; while it is fetched, the end of the lease. Milliseconds. */
  readonly dueAt: number;
  /** When the texts were found. */
  readonly fetchedAt: number | null;
}

export type PreviewState = 'waiting' | 'fetching' | 'found' | 'failed';

/** A page that is fetched now. */
export interface TakenPage {
  readonly urlHash: string;
  readonly url: string;
  readonly host: string;
  /** This one included. */
  readonly tries: number;
  /** Somebody waits for it. */
  readonly hurried: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;
const FOUND_FOR_MS = 30 * DAY_MS;
const FAILED_FOR_MS = DAY_MS;
const RETRY_AFTER_MS = [MINUTE_MS, 10 * MINUTE_MS];

/** SHA-256, hex. Its first 16 digits are `link_route.destination_hash` of the links that lead there. */
export function urlHash(url: string): string {
  return createHash('sha256').update(url).digest('hex');
}

/** Whether whoever asks for it now should have it fetched anew. */
export function isOutdated({ state, dueAt, fetchedAt }: PagePreview, now: number): boolean {
  if (state === 'found') return now - (fetchedAt ?? 0) >= FOUND_FOR_MS;
  // A page that has failed was due for the last time when it was tried.
  return state === 'failed' && now - dueAt >= FAILED_FOR_MS;
}

/** When a page is tried again after so many tries in vain; undefined: not any more. */
export function retryAt(tries: number, now: number): number | undefined {
  const wait = RETRY_AFTER_MS[tries - 1];
  return wait === undefined ? undefined : now + wait;
}
