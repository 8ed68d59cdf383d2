import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextDue, WEBHOOK_RETRY_DELAYS_MS } from './retry-schedule.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 0, 1);
const random = fc.double({ min: 0, max: 1, noNaN: true });
const attempt = fc.integer({ min: 1, max: WEBHOOK_RETRY_DELAYS_MS.length });

describe('a retry', () => {
  test('is due within a tenth of its delay', () => {
    fc.assert(
      fc.property(attempt, random, (attempts, random) => {
        const delay = WEBHOOK_RETRY_DELAYS_MS[attempts - 1] as number;
        const due = nextDue(attempts, WEBHOOK_RETRY_DELAYS_MS, NOW, random) as number;
        expect(due - NOW).toBeGreaterThanOrEqual(delay * 0.9 - 1);
        expect(due - NOW).toBeLessThanOrEqual(delay * 1.1 + 1);
        expect(Number.isInteger(due)).toBe(true);
      }),
    );
  });

  test('spreads over the whole of it', () => {
    expect(nextDue(1, [10_000], NOW, 0)).toBe(NOW + 9_000);
    expect(nextDue(1, [10_000], NOW, 0.5)).toBe(NOW + 10_000);
    expect(nextDue(1, [10_000], NOW, 1)).toBe(NOW + 11_000);
  });

  test('waits for as long as the receiver asks, at most a day, and never shorter than the schedule', () => {
    const asked = fc.oneof(fc.integer({ min: 0, max: 3 * DAY_MS }), fc.constant(Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(attempt, random, asked, (attempts, random, retryAfterMs) => {
        const unasked = nextDue(attempts, WEBHOOK_RETRY_DELAYS_MS, NOW, random) as number;
        const due = nextDue(attempts, WEBHOOK_RETRY_DELAYS_MS, NOW, random, retryAfterMs) as number;
        expect(due).toBe(Math.max(unasked, NOW + Math.min(retryAfterMs, DAY_MS)));
      }),
    );
  });

  test('ends when the delays are used up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), random, (attempts, random) => {
        const due = nextDue(attempts, WEBHOOK_RETRY_DELAYS_MS, NOW, random, 5_000);
        expect(due === undefined).toBe(attempts > WEBHOOK_RETRY_DELAYS_MS.length);
      }),
    );
    expect(nextDue(1, [], NOW, 0.5)).toBeUndefined();
  });

  test('of a webhook is tried over three days', () => {
    const [hours] = [WEBHOOK_RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0) / 3_600_000];
    expect(hours).toBeGreaterThan(68);
    expect(hours).toBeLessThan(69);
  });
});
