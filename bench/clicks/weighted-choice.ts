/** Chooses among many by weight in constant time (Walker's alias method, as Vose builds it). */
export class WeightedChoice {
  readonly #keep: Float64Array;
  readonly #other: Uint32Array;

  constructor(weights: ArrayLike<number>) {
    const size = weights.length;
    const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
    const scaled = Float64Array.from(weights, (weight) => (weight * size) / total);
    const small: number[] = [];
    const large: number[] = [];
    for (const [index, weight] of scaled.entries()) (weight < 1 ? small : large).push(index);
    this.#keep = new Float64Array(size).fill(1);
    this.#other = new Uint32Array(size);
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() as number;
      const more = large[large.length - 1] as number;
      this.#keep[less] = scaled[less] as number;
      this.#other[less] = more;
      scaled[more] = (scaled[more] as number) + (scaled[less] as number) - 1;
      if ((scaled[more] as number) < 1) small.push(large.pop() as number);
    }
  }

  /** @param bits 32 of them, as `chance` makes them @returns an index into the weights */
  pick(bits: number): number {
    const place = (bits * this.#keep.length) / 2 ** 32;
    const index = Math.floor(place);
    return place - index < (this.#keep[index] as number) ? index : (this.#other[index] as number);
  }
}

/** How often the first, second, … of `size` is met when popularity falls with rank. */
export function zipf(size: number, exponent: number): Float64Array {
  return Float64Array.from({ length: size }, (_, rank) => 1 / (rank + 1) ** exponent);
}
