/**
 * How many different visitors there are, approximately, in little room (Flajolet et al. 2007, with linear counting for
 * few). The standard error is 1.04 / √(2^bits).
 */
export class HyperLogLog {
  readonly registers: Uint8Array;
  readonly #bits: number;

  constructor(bits: number, registers: Uint8Array = new Uint8Array(1 << bits)) {
    this.#bits = bits;
    this.registers = registers;
  }

  /** @param high and `low`: 64 evenly spread bits, such as a keyed hash */
  add(high: number, low: number): void {
    const register = high >>> (32 - this.#bits);
    const rank = Math.clz32(low) + 1;
    if (rank > (this.registers[register] as number)) this.registers[register] = rank;
  }

  merge(other: HyperLogLog): void {
    const { registers } = this;
    for (let index = 0; index < registers.length; index++) {
      if ((other.registers[index] as number) > (registers[index] as number))
        registers[index] = other.registers[index] as number;
    }
  }

  count(): number {
    const size = this.registers.length;
    let sum = 0;
    let empty = 0;
    for (const rank of this.registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const estimate = ((0.7213 / (1 + 1.079 / size)) * size * size) / sum;
    return Math.round(estimate <= 2.5 * size && empty > 0 ? size * Math.log(size / empty) : estimate);
  }
}
