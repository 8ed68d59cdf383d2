/** Upper bounds of buckets, in milliseconds: fine where a redirect is, coarse where something is wrong. */
export const FAST_BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];
/** For work that is measured in milliseconds at best. */
export const SLOW_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** What a histogram holds: plain data, which also travels between threads. */
export interface Durations {
  readonly boundsMs: readonly number[];
  /** How many fell into each bucket alone; one more than there are bounds, for what exceeds them all. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** Durations by bucket. To note one is a few comparisons and two additions, without an object or a lookup by name. */
export class DurationHistogram {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #sumMs = 0;

  constructor(boundsMs: readonly number[]) {
    this.#bounds = Float64Array.from(boundsMs);
    this.#counts = new Float64Array(boundsMs.length + 1);
  }

  note(durationMs: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && durationMs > (bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sumMs += durationMs;
  }

  read(): Durations {
    return { boundsMs: [...this.#bounds], counts: [...this.#counts], sumMs: this.#sumMs };
  }
}
