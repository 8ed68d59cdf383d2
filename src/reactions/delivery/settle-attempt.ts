import type { Attempted, Channel, Settled } from './channel.ts';
import type { Delivery, FinalReason } from './delivery.ts';
import { nextDue } from './retry-schedule.ts';

/** One delivery's part in an attempt that has ended. */
export interface EndedAttempt {
  readonly delivery: Delivery;
  readonly attempted: Attempted;
  /** When it ended. */
  readonly at: number;
  /** False: nothing was sent, since nobody could have taken it. */
  readonly tried: boolean;
}

export interface SettledAttempt extends Settled {
  readonly reason: FinalReason | null;
  /** Of one that still waits: when it is tried again. Else when it was due. */
  readonly dueAt: number;
  readonly tried: boolean;
}

/**
 * Where an attempt leaves its delivery and its lane.
 *
 * Only what may be tried again says something about the receiver as a whole: that a mail was refused, or that one
 * subscription has ended, does not mean that the next one will fail.
 *
 * @param failingSince of the lane before
 * @param random from 0 to 1
 */
export function settleAttempt(
  { delivery, attempted, at, tried }: EndedAttempt,
  { retryDelaysMs }: Pick<Channel, 'retryDelaysMs'>,
  failingSince: number | null,
  random: number,
): SettledAttempt {
  const ended = (state: Settled['state'], reason: FinalReason | null, since: number | null) => ({
    delivery,
    attempted,
    state,
    reason,
    dueAt: delivery.dueAt,
    failingSince: since,
    now: at,
    tried,
  });
  switch (attempted.outcome) {
    case 'delivered':
      return ended('delivered', null, tried ? null : failingSince);
    case 'failed':
    case 'notSent':
      return ended(attempted.outcome, attempted.reason ?? 'refused', failingSince);
    case 'retry': {
      const since = failingSince ?? at;
      const dueAt = nextDue(delivery.attempts + 1, retryDelaysMs, at, random, attempted.retryAfterMs);
      return dueAt === undefined
        ? ended('failed', 'gave-up', since)
        : { ...ended('waiting', null, since), dueAt };
    }
  }
}
