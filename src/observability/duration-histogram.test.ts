import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DurationHistogram, FAST_BOUNDS_MS, SLOW_BOUNDS_MS } from './duration-histogram.ts';

const anyDuration = fc.oneof(
  fc.double({ min: 0, max: 60_000, noNaN: true }),
  fc.constantFrom(...FAST_BOUNDS_MS, ...SLOW_BOUNDS_MS),
);

test.each([
  ['fast', FAST_BOUNDS_MS],
  ['slow', SLOW_BOUNDS_MS],
])('every duration falls into the first bucket whose bound it does not exceed (%s)', (_, bounds) => {
  expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(anyDuration, { maxLength: 200 }), (durations) => {
      const histogram = new DurationHistogram(bounds);
      for (const duration of durations) histogram.note(duration);
      const { boundsMs, counts, sumMs } = histogram.read();
      expect(boundsMs).toEqual(bounds);
      let upToBound = 0;
      for (const [index, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
        upToBound += counts[index] as number;
        expect(upToBound).toBe(durations.filter((duration) => duration <= bound).length);
      }
      expect(sumMs).toBeCloseTo(
        durations.reduce((sum, duration) => sum + duration, 0),
        3,
      );
    }),
  );
});

test('what was read stays as it was', () => {
  const histogram = new DurationHistogram([1]);
  const before = histogram.read();
  histogram.note(0.5);
  expect(before.counts).toEqual([0, 0]);
  expect(histogram.read().counts).toEqual([1, 0]);
});
