import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attempted } from './channel.ts';
import type { Delivery } from './delivery.ts';
import { nextDue } from './retry-schedule.ts';
import { type EndedAttempt, settleAttempt } from './settle-attempt.ts';

const AT = Date.UTC(2026, 0, 1);
const DELAYS = { retryDelaysMs: [10_000, 60_000, 300_000] };

function ended(attempts: number, changes: Partial<Attempted>, tried = true): EndedAttempt {
  const delivery: Delivery = {
    id: 1,
    eventId: 'e',
    lane: 'webhook:1',
    channel: 'webhook',
    kind: 'clicks',
    projectId: 1,
    endpointId: 1,
    subscriptionId: null,
    messageId: null,
    linkId: null,
    groupId: null,
    body: '{}',
    createdAt: 0,
    dueAt: AT - 1,
    attempts,
  };
  const attempted: Attempted = {
    outcome: 'delivered',
    status: 200,
    error: null,
    answer: '',
    durationMs: 1,
    ...changes,
  };
  return { delivery, attempted, at: AT, tried };
}

const outcome = fc.constantFrom<Attempted['outcome']>('delivered', 'retry', 'failed', 'notSent');
const since = fc.option(fc.integer({ min: 0, max: AT }));
const random = fc.double({ min: 0, max: 1, noNaN: true });

describe('an attempt', () => {
  test('leaves its delivery waiting only if it may be tried again, and then by the schedule', () => {
    fc.assert(
      fc.property(outcome, fc.integer({ min: 0, max: 5 }), since, random, (outcome, made, before, random) => {
        const { state, dueAt, reason } = settleAttempt(ended(made, { outcome }), DELAYS, before, random);
        const retried = outcome === 'retry' && made < DELAYS.retryDelaysMs.length;
        expect(state === 'waiting').toBe(retried);
        if (retried) expect(dueAt).toBe(nextDue(made + 1, DELAYS.retryDelaysMs, AT, random));
        expect(reason === null).toBe(retried || outcome === 'delivered');
        if (outcome === 'retry' && !retried) expect([state, reason]).toEqual(['failed', 'gave-up']);
      }),
    );
  });

  test('says of the lane since when it fails: from the first failure to the next success', () => {
    fc.assert(
      fc.property(outcome, fc.integer({ min: 0, max: 5 }), since, (outcome, made, before) => {
        const { failingSince } = settleAttempt(ended(made, { outcome }), DELAYS, before, 0.5);
        if (outcome === 'delivered') expect(failingSince).toBeNull();
        else if (outcome === 'retry') expect(failingSince).toBe(before ?? AT);
        else expect(failingSince).toBe(before);
      }),
    );
  });

  test('takes the reason it is given', () => {
    const gone = settleAttempt(ended(0, { outcome: 'failed', reason: 'gone' }), DELAYS, null, 0);
    expect([gone.state, gone.reason]).toEqual(['failed', 'gone']);
    const unsent = settleAttempt(ended(0, { outcome: 'notSent', reason: 'no-smtp' }, false), DELAYS, 5, 0);
    expect([unsent.state, unsent.reason, unsent.failingSince, unsent.tried]).toEqual([
      'notSent',
      'no-smtp',
      5,
      false,
    ]);
  });
});
