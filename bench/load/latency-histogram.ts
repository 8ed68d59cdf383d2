const LONGEST_US = 1_000_000;

/** Counts by whole microseconds up to a second, so that quantiles need no interpolation. */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(LONGEST_US + 1);
  #count = 0;

  add(latencyMs: number): void {
    const bucket = Math.min(LONGEST_US, Math.max(0, (latencyMs * 1_000) | 0));
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The latency in microseconds that the given share of requests did not exceed. */
  quantileUs(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket <= LONGEST_US; bucket++) {
      seen += this.#buckets[bucket] as number;
      if (seen >= rank) return bucket;
    }
    return LONGEST_US;
  }
}
