import { columnOf } from '../blocks/block.ts';
import { type Column, valuesOf } from '../blocks/column.ts';
import type { FactColumn } from '../blocks/fact.ts';

/** A column with a dictionary, as a scan wants it: a row's value is `values[codes[row]]`. A block's rows fit two bytes. */
export interface CodedColumn {
  /** Ascending; one value: every row has it. Where values are dense, also some that no row has. */
  readonly values: Uint32Array;
  readonly codes: Uint8Array | Uint16Array;
}

/** Half of every row's visitor. Nobody looks these up, so they are kept as they are. */
export type VisitorHalves = Uint32Array;

export type ScanColumn = CodedColumn | VisitorHalves;

const MOST_CODES = 65_536;

/** @param bytes undefined when the block leaves the column out */
export function scanColumnOf(bytes: Uint8Array | undefined, name: FactColumn, rows: number): ScanColumn {
  const column = columnOf(bytes, name, rows);
  if (isVisitorHalf(name)) {
    return column.dictionary || !(column.codes instanceof Uint32Array) ? valuesOf(column) : column.codes;
  }
  return codedColumnOf(column);
}

export function isVisitorHalf(name: FactColumn): boolean {
  return name === 'visitorHigh' || name === 'visitorLow';
}

/** What a cache has to reckon with. */
export function sizeBytes(column: ScanColumn): number {
  if (column instanceof Uint32Array) return column.byteLength;
  return column.values.byteLength + (column.values.length === 1 ? 0 : column.codes.byteLength);
}

function codedColumnOf({ dictionary, codes }: Column): CodedColumn {
  if (dictionary && !(codes instanceof Uint32Array)) return { values: dictionary, codes };
  const rows = dictionary ? valuesOf({ dictionary, codes }) : (codes as Uint32Array);
  const { least, most } = boundsOf(rows);
  return most - least < MOST_CODES ? denseColumn(rows, least, most) : sortedColumn(rows);
}

/** Nothing has to be sorted where values lie close together, as quarters and links do. */
function denseColumn(rows: Uint32Array, least: number, most: number): CodedColumn {
  const codes = new Uint16Array(rows.length);
  for (let row = 0; row < rows.length; row++) codes[row] = (rows[row] as number) - least;
  const values = new Uint32Array(most - least + 1);
  for (let code = 0; code < values.length; code++) values[code] = least + code;
  return { values, codes };
}

function sortedColumn(rows: Uint32Array): CodedColumn {
  const values = Uint32Array.from(new Set(rows)).sort();
  const codeOf = new Map<number, number>();
  for (let code = 0; code < values.length; code++) codeOf.set(values[code] as number, code);
  return { values, codes: Uint16Array.from(rows, (value) => codeOf.get(value) as number) };
}

function boundsOf(rows: Uint32Array): { least: number; most: number } {
  let least = 0xffffffff;
  let most = 0;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** Index of the first of `sorted` that is not less than `wanted`. */
export function lowerBound(sorted: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
