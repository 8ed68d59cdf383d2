import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedWindow } from './rate-limit.ts';

const HOUR_MS = 3_600_000;

describe('a fixed window', () => {
  it('lets as many through as its limit, then nobody until it ends', () => {
    const window = new FixedWindow(3, HOUR_MS);
    const resetAt = 1_000 + HOUR_MS;
    expect(window.take('a', 1_000)).toEqual({ allowed: true, remaining: 2, resetAt });
    expect(window.take('a', 1_000)).toEqual({ allowed: true, remaining: 1, resetAt });
    expect(window.take('a', 2_000)).toEqual({ allowed: true, remaining: 0, resetAt });
    expect(window.take('a', 2_000)).toEqual({ allowed: false, remaining: 0, resetAt });
    expect(window.take('a', resetAt - 1)).toEqual({ allowed: false, remaining: 0, resetAt });
    expect(window.take('a', resetAt)).toEqual({ allowed: true, remaining: 2, resetAt: resetAt + HOUR_MS });
  });

  it('counts each caller apart', () => {
    const window = new FixedWindow(1, HOUR_MS);
    expect(window.take('a', 0).allowed).toBe(true);
    expect(window.take('b', 0).allowed).toBe(true);
    expect(window.take('a', 0).allowed).toBe(false);
    expect(window.take('__proto__', 0).allowed).toBe(true);
  });

  it('begins anew when the clock was set back', () => {
    const window = new FixedWindow(1, HOUR_MS);
    window.take('a', 10 * HOUR_MS);
    expect(window.take('a', 0)).toEqual({ allowed: true, remaining: 0, resetAt: HOUR_MS });
  });

  it('forgets those that have been quiet longest, and nobody else', () => {
    const window = new FixedWindow(1, HOUR_MS, 3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) window.take(key, 0);
    expect(window.take('a', 0).allowed).toBe(false);
    expect(window.take('c', 0).allowed).toBe(false);
    expect(window.take('b', 0).allowed, 'the quietest').toBe(true);
  });

  it('never lets more through in one window than its limit, whoever calls when', () => {
    const call = fc.record({ key: fc.constantFrom('a', 'b'), waitMs: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(call), (limit, calls) => {
        const window = new FixedWindow(limit, 100);
        const allowed = new Map<string, number>();
        let now = 0;
        for (const { key, waitMs } of calls) {
          now += waitMs;
          const taken = window.take(key, now);
          expect(taken.remaining).toBeGreaterThanOrEqual(0);
          expect(taken.resetAt).toBeGreaterThan(now);
          const name = `${key} until ${taken.resetAt}`;
          if (taken.allowed) allowed.set(name, (allowed.get(name) ?? 0) + 1);
          expect(taken.remaining).toBe(limit - (allowed.get(name) ?? 0));
        }
        for (const count of allowed.values()) expect(count).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
