/**
 * Chance that can be asked again: a number follows from its key alone, so that the millionth click is the same whether
 * the ones before it were made or not.
 *
 * @returns 32 bits, evenly spread
 */
export function chance(seed: number, key: number, of: number): number {
  let mixed = Math.imul(key ^ Math.imul(of + 1, 0x9e3779b1), 0x85ebca6b) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

const ALL = 2 ** 32;

/** @param bits as `chance` makes them */
export function share(bits: number): number {
  return bits / ALL;
}
