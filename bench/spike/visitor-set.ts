/** Different 64-bit numbers, exactly: open addressing, half full at most. */
export class VisitorSet {
  #size = 0;
  #high = new Uint32Array(1_024);
  #low = new Uint32Array(1_024);
  #hasZero = false;

  get size(): number {
    return this.#size + (this.#hasZero ? 1 : 0);
  }

  add(high: number, low: number): void {
    if (high === 0 && low === 0) {
      this.#hasZero = true;
      return;
    }
    if (this.#size * 2 >= this.#high.length) this.#grow();
    this.#insert(high, low);
  }

  #insert(high: number, low: number): void {
    const mask = this.#high.length - 1;
    let slot = (low ^ (high >>> 7)) & mask;
    while (this.#high[slot] !== 0 || this.#low[slot] !== 0) {
      if (this.#high[slot] === high && this.#low[slot] === low) return;
      slot = (slot + 1) & mask;
    }
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#size++;
  }

  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(low.length * 2);
    this.#size = 0;
    for (let slot = 0; slot < high.length; slot++) {
      if (high[slot] !== 0 || low[slot] !== 0) this.#insert(high[slot] as number, low[slot] as number);
    }
  }
}
