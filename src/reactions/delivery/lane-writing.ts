import type { LaneKey } from './lane.ts';
import type { EndedAttempt } from './settle-attempt.ts';

/** What the owner of a lane has to write to it. What is not said stays as it is. */
export interface LaneWriting {
  readonly lane: LaneKey;
  /** In the order in which they ended. */
  readonly attempts?: readonly EndedAttempt[];
  /** Nothing is tried before; 0: no longer so. */
  readonly openAt?: number;
  /** Why nothing is sent although it is due; null: no longer so. */
  readonly held?: string | null;
  /** The lane is done with for now; what is left in it is not due before the given instant. */
  readonly release?: { readonly notBefore: number };
}

/** One writing a lane: what was said last holds. */
export function joinWritings(writings: readonly LaneWriting[]): LaneWriting[] {
  const joined = new Map<string, LaneWriting>();
  for (const writing of writings) {
    const { lane } = writing.lane;
    const before = joined.get(lane);
    joined.set(lane, {
      ...before,
      ...writing,
      attempts: [...(before?.attempts ?? []), ...(writing.attempts ?? [])],
    });
  }
  return [...joined.values()];
}
