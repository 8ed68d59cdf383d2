import { BLOCK_ROWS } from '../blocks/block.ts';
import { FactFlag } from '../blocks/fact.ts';
import { CLICK_BIT, type FigureBits } from './figure-bits.ts';
import type { FlagClasses } from './flag-classes.ts';
import type { RowSelection } from './row-selection.ts';
import type { VisitorHalves } from './scan-column.ts';
import { VisitorTally } from './visitor-tally.ts';

const picked = new Uint16Array(BLOCK_ROWS);

/** As many clicks are told apart by their visitors one by one. */
export const EXACT_CLICKS = 262_144;

/**
 * Different visitors, altogether and by grouping: exactly, as long as they are not too many to be told apart quickly.
 * Of more clicks only those count whose visitor's lowest bit is 0, and each visitor stands for two; of still more
 * those with two such bits, and so on: the same sample for every figure of an answer. A sample of 100,000 visitors
 * tells how many there are within half a percent; of a bucket in which a hundred of them are, within a fifth.
 *
 * Where visitors have been forgotten, those who were new on their day are counted instead.
 */
export class VisitorCount {
  readonly #tallies: VisitorTally[];
  readonly #bits: FigureBits;
  readonly #shift: number;
  /** Clicks whose visitor is not known any more, taken-back ones subtracted. */
  #forgotten = 0;

  /**
   * @param clicks how many there are, to choose the sample by
   * @param groupings how many there are beside the whole
   */
  constructor(clicks: number, groupings: number, bits: FigureBits, exactClicks = EXACT_CLICKS) {
    this.#shift = Math.max(0, Math.ceil(Math.log2(clicks / exactClicks)));
    const expected = clicks / 2 ** this.#shift;
    this.#tallies = Array.from({ length: groupings + 1 }, () => new VisitorTally(expected));
    this.#bits = bits;
  }

  get exact(): boolean {
    return this.#shift === 0 && this.#forgotten === 0;
  }

  get sampled(): boolean {
    return this.#shift > 0;
  }

  /** @param slotsOf of each grouping, the slot of a row */
  add(
    selection: RowSelection,
    { column, signs }: FlagClasses,
    high: VisitorHalves,
    low: VisitorHalves,
    slotsOf: readonly ((row: number) => number)[],
  ): void {
    const classes = selection.widened(column, 1);
    const counts = Uint8Array.from(column.values, (flags) => (this.#bits[flags] as number) & CLICK_BIT);
    const { rows, size, from, to } = selection;
    const mask = (1 << this.#shift) - 1;
    const found = selection.isList
      ? pickListed(rows, size, low, mask, classes, counts)
      : pickStretch(from, to, low, mask, classes, counts);
    const isNew = Uint8Array.from(column.values, (flags) => (flags & FactFlag.newToday ? 1 : 0));
    for (const [index, tally] of this.#tallies.entries()) {
      const slotOf = slotsOf[index - 1];
      for (let at = 0; at < found; at++) {
        const row = picked[at] as number;
        const of = classes[row] as number;
        const slot = slotOf ? slotOf(row) : 0;
        const higher = high[row] as number;
        const lower = low[row] as number;
        if (higher !== 0 || lower !== 0) tally.add(slot, higher, lower, signs[of] as number);
        else {
          if (index === 0) this.#forgotten += signs[of] as number;
          if (isNew[of]) tally.addForgotten(slot, signs[of] as number);
        }
      }
    }
  }

  /** Visitors in all. */
  total(): number {
    return this.#countsOf(0, 1)[0] as number;
  }

  /** Visitors of each slot of a grouping. */
  bySlot(grouping: number, slots: number): Float64Array {
    return this.#countsOf(grouping + 1, slots);
  }

  #countsOf(tally: number, slots: number): Float64Array {
    return (this.#tallies[tally] as VisitorTally).countsOf(slots, 2 ** this.#shift);
  }
}

/** Picks the rows that count and are in the sample: 0 by the bits of the mask, as forgotten visitors are. */
function pickStretch(
  from: number,
  to: number,
  low: VisitorHalves,
  mask: number,
  classes: Uint16Array,
  counts: Uint8Array,
): number {
  let found = 0;
  for (let row = from; row < to; row++) {
    if (((low[row] as number) & mask) !== 0) continue;
    picked[found] = row;
    found += counts[classes[row] as number] as number;
  }
  return found;
}

function pickListed(
  rows: Uint16Array,
  size: number,
  low: VisitorHalves,
  mask: number,
  classes: Uint16Array,
  counts: Uint8Array,
): number {
  let found = 0;
  for (let index = 0; index < size; index++) {
    const row = rows[index] as number;
    if (((low[row] as number) & mask) !== 0) continue;
    picked[found] = row;
    found += counts[classes[row] as number] as number;
  }
  return found;
}
