import { BLOCK_ROWS } from '../blocks/block.ts';
import type { CodedColumn } from './scan-column.ts';

/** What a filter says of a column's codes. */
export interface AcceptedCodes {
  readonly codes: Uint8Array;
  readonly accepts: 'all' | 'some' | 'none';
}

/** @param codes 1 for an accepted code, 0 for others */
export function acceptedCodes(codes: Uint8Array): AcceptedCodes {
  const first = codes[0];
  const mixed = codes.includes(first === 1 ? 0 : 1);
  return { codes, accepts: mixed ? 'some' : first === 1 ? 'all' : 'none' };
}

/**
 * The rows of a block that count: a stretch, or, once a filter has been here, a list. One object serves all blocks. All
 * loops see codes of two bytes, as a loop that meets several kinds of arrays is several times slower.
 */
export class RowSelection {
  /** When there is a list, the first `size` of these. */
  readonly rows = new Uint16Array(BLOCK_ROWS);
  from = 0;
  to = 0;
  isList = false;
  #size = 0;
  readonly #widened = Array.from({ length: 2 }, () => new Uint16Array(BLOCK_ROWS));

  get size(): number {
    return this.isList ? this.#size : this.to - this.from;
  }

  /** Begins anew. */
  select(from: number, to: number): void {
    this.from = from;
    this.to = to;
    this.isList = false;
  }

  keep({ codes, accepts }: AcceptedCodes, column: CodedColumn): void {
    if (accepts === 'all') return;
    if (accepts === 'none') this.select(0, 0);
    else if (this.isList) this.#size = keepSome(this.rows, this.#size, this.widened(column, 0), codes);
    else {
      this.#size = takeSome(this.rows, this.from, this.to, this.widened(column, 0), codes);
      this.isList = true;
    }
  }

  /** Keeps rows unless both columns' codes are accepted. */
  keepUnlessBoth(a: Uint8Array, columnA: CodedColumn, b: Uint8Array, columnB: CodedColumn): void {
    this.#list();
    const { rows } = this;
    const [codesA, codesB] = [this.widened(columnA, 0), this.widened(columnB, 1)];
    let kept = 0;
    for (let index = 0; index < this.#size; index++) {
      const row = rows[index] as number;
      rows[kept] = row;
      kept += 1 - ((a[codesA[row] as number] as number) & (b[codesB[row] as number] as number));
    }
    this.#size = kept;
  }

  /** Codes of two bytes, valid for the selected rows until the same `place` is asked for again. */
  widened({ codes }: CodedColumn, place: 0 | 1): Uint16Array {
    if (codes instanceof Uint16Array) return codes;
    const wide = this.#widened[place] as Uint16Array;
    wide.set(codes.subarray(this.from, this.to), this.from);
    return wide;
  }

  #list(): void {
    if (this.isList) return;
    const { rows, from, to } = this;
    for (let row = from; row < to; row++) rows[row - from] = row;
    this.#size = to - from;
    this.isList = true;
  }
}

/** Without a branch on what a row says: half of all rows matching would be the slowest case otherwise. */
function takeSome(
  rows: Uint16Array,
  from: number,
  to: number,
  codes: Uint16Array,
  accepted: Uint8Array,
): number {
  let kept = 0;
  for (let row = from; row < to; row++) {
    rows[kept] = row;
    kept += accepted[codes[row] as number] as number;
  }
  return kept;
}

function keepSome(rows: Uint16Array, size: number, codes: Uint16Array, accepted: Uint8Array): number {
  let kept = 0;
  for (let index = 0; index < size; index++) {
    const row = rows[index] as number;
    rows[kept] = row;
    kept += accepted[codes[row] as number] as number;
  }
  return kept;
}
