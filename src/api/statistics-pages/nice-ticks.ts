/** Steps that people count in. */
const STEPS = [1, 2, 2.5, 5, 10];

/**
 * Values for the lines of a chart from 0 up, the last at or above `highest`: whole numbers, at most five, evenly apart.
 *
 * @param highest not negative
 */
export function niceTicks(highest: number): number[] {
  const least = Math.max(1, highest) / 4;
  const power = 10 ** Math.floor(Math.log10(least));
  const candidates = STEPS.map((step) => step * power).filter((step) => Number.isInteger(step));
  const step = candidates.find((candidate) => candidate >= least) ?? 1;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < highest || ticks.length === 1) ticks.push(step * ticks.length);
  return ticks;
}

/** Every how many of `count` buckets is named, so that at most eight names stand under them. */
export function labelStep(count: number, regular: readonly number[]): number {
  return regular.find((step) => count / step <= 8) ?? Math.ceil(count / 8);
}
