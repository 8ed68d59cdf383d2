const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After the first, second, … failed attempt: 68.6 hours in all, so that a receiver may be mended over a weekend. */
export const WEBHOOK_RETRY_DELAYS_MS: readonly number[] = [
  10 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
  24 * HOUR_MS,
];

/** Either way: what failed together does not come back together. */
const JITTER = 0.1;
/** Whoever asks for a longer pause is asked again after a day all the same. */
const LONGEST_PAUSE_MS = 24 * HOUR_MS;

/**
 * When a delivery that has just failed is tried again.
 *
 * @param attempts made so far, the one that has just failed included: 1, 2, …
 * @param random from 0 (the earliest) to 1
 * @param retryAfterMs the receiver asks not to be called sooner
 * @returns milliseconds; undefined when the schedule is used up
 */
export function nextDue(
  attempts: number,
  delaysMs: readonly number[],
  now: number,
  random: number,
  retryAfterMs = 0,
): number | undefined {
  const delay = delaysMs[attempts - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * (1 - JITTER + 2 * JITTER * random);
  return now + Math.round(Math.max(jittered, Math.min(retryAfterMs, LONGEST_PAUSE_MS)));
}

const SHORTEST_BREAK_MS = SECOND_MS;
const LONGEST_BREAK_MS = MINUTE_MS;
/** The longer it has failed, the less often a receiver is asked whether it is back. */
const BREAKS_A_FAILURE = 4;

/**
 * For how long a receiver that has just failed gets nothing at all, whatever waits for it: so that one that is
 * overloaded is not handed its whole backlog, nor each event of it loses an attempt.
 *
 * @param failingForMs since its first failure
 * @param retryAfterMs it asks not to be called sooner
 * @returns milliseconds
 */
export function failurePause(failingForMs: number, retryAfterMs = 0): number {
  const pause = Math.min(Math.max(failingForMs / BREAKS_A_FAILURE, SHORTEST_BREAK_MS), LONGEST_BREAK_MS);
  return Math.round(Math.max(pause, Math.min(retryAfterMs, LONGEST_PAUSE_MS)));
}
