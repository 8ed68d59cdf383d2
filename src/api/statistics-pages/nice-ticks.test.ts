import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { labelStep, niceTicks } from './nice-ticks.ts';

it.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [4, [0, 1, 2, 3, 4]],
  [5, [0, 2, 4, 6]],
  [97, [0, 25, 50, 75, 100]],
  [101, [0, 50, 100, 150]],
  [1_234_567, [0, 500_000, 1_000_000, 1_500_000]],
])('%d', (highest, ticks) => {
  expect(niceTicks(highest)).toEqual(ticks);
});

test('whole numbers from 0 up, evenly apart, few, and the last no further than needed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (highest) => {
      const ticks = niceTicks(highest);
      const step = ticks[1] as number;
      expect(ticks).toEqual(ticks.map((_, at) => at * step));
      expect(ticks.every(Number.isSafeInteger)).toBe(true);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest);
      expect(ticks.at(-1)).toBeLessThan(Math.max(2, highest + step));
    }),
  );
});

test('at most eight names, at steps people expect', () => {
  expect(labelStep(24, [1, 2, 3, 6, 12])).toBe(3);
  expect(labelStep(30, [1, 2, 7, 14])).toBe(7);
  for (let count = 1; count < 400; count++)
    expect(Math.ceil(count / labelStep(count, [1, 2, 7]))).toBeLessThanOrEqual(8);
});
