import { FACT_COLUMNS, type FactTable } from '../blocks/fact.ts';

/**
 * What a link's facts come to, whatever their order: how many they are, and the sum of their hashes. Two sets of facts
 * that are not the same have the same sums with a chance of one in 2^64.
 */
export class FactSums {
  readonly #links = new Map<number, { facts: number; low: number; high: number }>();

  /** @param fromQuarter facts before it are not looked at */
  add(table: FactTable, fromQuarter: number): void {
    const columns = FACT_COLUMNS.filter((name) => name !== 'weight').map((name) => table[name]);
    for (let row = 0; row < table.link.length; row++) {
      if ((table.quarter[row] as number) < fromQuarter) continue;
      let low = 0x9e3779b9;
      let high = 0x85ebca6b;
      for (const column of columns) {
        low = mix(low ^ (column[row] as number));
        high = mix(Math.imul(high, 31) + (column[row] as number));
      }
      const weight = (table.weight[row] as number) | 0;
      const link = table.link[row] as number;
      const sum = this.#links.get(link) ?? { facts: 0, low: 0, high: 0 };
      this.#links.set(link, sum);
      sum.facts += weight;
      sum.low = (sum.low + Math.imul(low, weight)) | 0;
      sum.high = (sum.high + Math.imul(high, weight)) | 0;
    }
  }

  /** Links whose facts are not the same here and there. */
  differencesFrom(other: FactSums): { linkId: number; here: number; there: number }[] {
    const differences = [];
    for (const linkId of new Set([...this.#links.keys(), ...other.#links.keys()])) {
      const here = this.#links.get(linkId) ?? NOTHING;
      const there = other.#links.get(linkId) ?? NOTHING;
      if (here.facts === there.facts && here.low === there.low && here.high === there.high) continue;
      differences.push({ linkId, here: here.facts, there: there.facts });
    }
    return differences.sort((a, b) => a.linkId - b.linkId);
  }
}

const NOTHING = { facts: 0, low: 0, high: 0 };

/** Every bit of the number decides about every bit of the result. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
