/** Codes and ids are dense, so that most are found by index: at most 16 MB. */
const BY_INDEX = 4_194_304;

/** Numbers values in the order in which they are met. */
export class SlotIndex {
  /** The value of each slot. */
  readonly values: number[] = [];
  /** A slot and one; 0 is none yet. */
  #byIndex = new Uint32Array(4_096);
  readonly #others = new Map<number, number>();

  slotOf(value: number): number {
    if (value < this.#byIndex.length) {
      const known = this.#byIndex[value] as number;
      return known !== 0 ? known - 1 : this.#add(value);
    }
    return this.#others.get(value) ?? this.#add(value);
  }

  #add(value: number): number {
    const slot = this.values.push(value) - 1;
    if (value >= BY_INDEX) {
      this.#others.set(value, slot);
      return slot;
    }
    if (value >= this.#byIndex.length) {
      const longer = new Uint32Array(Math.min(BY_INDEX, Math.max(this.#byIndex.length * 2, value + 1)));
      longer.set(this.#byIndex);
      this.#byIndex = longer;
    }
    this.#byIndex[value] = slot + 1;
    return slot;
  }
}
