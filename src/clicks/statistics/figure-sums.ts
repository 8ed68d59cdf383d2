import { COUNTED_FIGURES, type FigureBits } from './figure-bits.ts';
import type { Figures } from './question.ts';

const WIDTH = COUNTED_FIGURES.length;

/** Figures of many slots (buckets, values of a dimension) side by side. */
export class FigureSums {
  readonly #bits: FigureBits;
  #sums = new Float64Array(16 * WIDTH);
  #slots = 0;

  constructor(bits: FigureBits) {
    this.#bits = bits;
  }

  /** One more than the greatest slot that was added to. */
  get slots(): number {
    return this.#slots;
  }

  /** @param rows how many with these flags; negative when they are taken back */
  add(slot: number, flags: number, rows: number): void {
    if (slot >= this.#slots) this.#reach(slot);
    const sums = this.#sums;
    const at = slot * WIDTH;
    for (let bits = this.#bits[flags] as number, figure = at; bits !== 0; bits >>>= 1, figure++) {
      if (bits & 1) sums[figure] = (sums[figure] as number) + rows;
    }
  }

  clicksOf(slot: number): number {
    return this.#sums[slot * WIDTH] ?? 0;
  }

  figuresOf(slot: number, visitors: number): Figures {
    const figures: Record<keyof Figures, number> = { ...NO_FIGURES, visitors };
    for (const [index, name] of COUNTED_FIGURES.entries())
      figures[name] = this.#sums[slot * WIDTH + index] ?? 0;
    return figures;
  }

  #reach(slot: number): void {
    this.#slots = slot + 1;
    if (this.#slots * WIDTH <= this.#sums.length) return;
    const sums = new Float64Array(Math.max(this.#sums.length * 2, this.#slots * WIDTH));
    sums.set(this.#sums);
    this.#sums = sums;
  }
}

export const NO_FIGURES: Figures = {
  clicks: 0,
  visitors: 0,
  hourlyVisitors: 0,
  dailyVisitors: 0,
  newVisitors: 0,
  qrScans: 0,
  repeats: 0,
  automated: 0,
  crawlers: 0,
};

/** Everything but visitors, who cannot be subtracted from each other. */
export function minus(from: Figures, what: Figures): Figures {
  const figures: Record<keyof Figures, number> = { ...from, visitors: 0 };
  for (const name of COUNTED_FIGURES) figures[name] -= what[name];
  return figures;
}
