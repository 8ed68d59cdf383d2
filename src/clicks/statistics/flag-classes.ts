import { BLOCK_ROWS } from '../blocks/block.ts';
import { TAKEN_BACK } from '../blocks/fact.ts';
import type { CodedColumn } from './scan-column.ts';

/** How few kinds of rows a block has as far as flags go: each kind is counted, and looked at once. */
export interface FlagClasses {
  /** Coded by class; `values` are the flags of a class. */
  readonly column: CodedColumn;
  /** 1, or -1 for rows that take back others. */
  readonly signs: Int8Array;
}

const ONCE = new Int8Array(256).fill(1);
const merged = new Uint16Array(BLOCK_ROWS);

/** Valid until it is asked of the next block. */
export function flagClasses(flags: CodedColumn, weights: CodedColumn): FlagClasses {
  if (weights.values.length === 1) {
    const sign = weights.values[0] === TAKEN_BACK ? -1 : 1;
    const signs = sign === 1 ? ONCE : new Int8Array(flags.values.length).fill(-1);
    return { column: flags, signs };
  }
  const takenBack = Uint8Array.from(weights.values, (weight) => (weight === TAKEN_BACK ? 1 : 0));
  for (let row = 0; row < flags.codes.length; row++) {
    merged[row] = (flags.codes[row] as number) * 2 + (takenBack[weights.codes[row] as number] as number);
  }
  return {
    column: {
      values: Uint32Array.from(
        { length: flags.values.length * 2 },
        (_, at) => flags.values[at >> 1] as number,
      ),
      codes: merged,
    },
    signs: Int8Array.from({ length: flags.values.length * 2 }, (_, at) => (at & 1 ? -1 : 1)),
  };
}
