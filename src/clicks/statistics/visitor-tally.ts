/** An entry: a slot and one (0 where nobody is), both halves of a visitor, and how often; in one line of the CPU's cache. */
const WIDTH = 4;

/**
 * Different visitors of each slot, exactly: how often a visitor was met there, taken-back facts subtracted, in a hash
 * table with open addressing that is half full at most.
 */
export class VisitorTally {
  #size = 0;
  #entries: Int32Array;
  /** Who came when visitors are no longer known: one count a slot. */
  readonly #forgotten = new Map<number, number>();

  /** @param expected how many visits will be added, about */
  constructor(expected: number) {
    const entries = 2 ** Math.ceil(Math.log2(Math.max(64, expected * 2.2)));
    this.#entries = new Int32Array(entries * WIDTH);
  }

  add(slot: number, high: number, low: number, times: number): void {
    if (this.#size * 2 * WIDTH >= this.#entries.length) this.#grow();
    this.#insert(slot + 1, high | 0, low | 0, times);
  }

  addForgotten(slot: number, visitors: number): void {
    this.#forgotten.set(slot, (this.#forgotten.get(slot) ?? 0) + visitors);
  }

  /** @param each how many visitors one that was kept stands for */
  countsOf(slots: number, each: number): Float64Array {
    const counts = new Float64Array(slots);
    const entries = this.#entries;
    for (let at = 0; at < entries.length; at += WIDTH) {
      const slot = (entries[at] as number) - 1;
      if (slot >= 0 && (entries[at + 3] as number) > 0) counts[slot] = (counts[slot] as number) + each;
    }
    for (const [slot, visitors] of this.#forgotten) counts[slot] = (counts[slot] as number) + visitors;
    return counts;
  }

  #insert(slot: number, high: number, low: number, times: number): void {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = (scattered(slot, high, low) * WIDTH) & mask;
    while (entries[at] !== 0) {
      if (entries[at] === slot && entries[at + 1] === high && entries[at + 2] === low) {
        entries[at + 3] = (entries[at + 3] as number) + times;
        return;
      }
      at = (at + WIDTH) & mask;
    }
    entries[at] = slot;
    entries[at + 1] = high;
    entries[at + 2] = low;
    entries[at + 3] = times;
    this.#size++;
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Int32Array(before.length * 2);
    this.#size = 0;
    for (let at = 0; at < before.length; at += WIDTH) {
      const slot = before[at] as number;
      if (slot === 0) continue;
      this.#insert(slot, before[at + 1] as number, before[at + 2] as number, before[at + 3] as number);
    }
  }
}

/** Not by the lowest bits of a visitor alone: in a sample they are all alike. */
function scattered(slot: number, high: number, low: number): number {
  const mixed = Math.imul(low ^ Math.imul(slot, 0x9e3779b1) ^ (high >>> 5), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & 0x0fff_ffff;
}
