import type { FigureSums } from './figure-sums.ts';
import type { FlagClasses } from './flag-classes.ts';
import type { RowSelection } from './row-selection.ts';
import type { CodedColumn } from './scan-column.ts';

/** So many values of a dictionary cost about as much as one row. */
const VALUES_PER_ROW = 4;

let counts = new Int32Array(65_536);

/**
 * Adds the selected rows of a block to the slots of their values. One increment a row counts every figure: rows are
 * counted by value and class, and each count is looked at once. Of few rows with many possible values each is looked
 * up alone.
 *
 * @param cellOf of each code, where it is counted, from 0 on; several codes may share a cell
 * @param slotOfCell asked once a cell (or row) that has rows
 */
export function countByValue(
  selection: RowSelection,
  column: CodedColumn,
  { column: classes, signs }: FlagClasses,
  sums: FigureSums,
  { cells, cellOf, slotOfCell }: Cells,
): void {
  const codes = selection.widened(column, 0);
  const classCodes = selection.widened(classes, 1);
  const width = classes.values.length;
  if (selection.size * VALUES_PER_ROW < cells) {
    const { rows, from, isList } = selection;
    for (let index = 0; index < selection.size; index++) {
      const row = isList ? (rows[index] as number) : from + index;
      const of = classCodes[row] as number;
      const code = codes[row] as number;
      const slot = slotOfCell(cellOf ? (cellOf[code] as number) : code);
      sums.add(slot, classes.values[of] as number, signs[of] as number);
    }
    return;
  }
  if (counts.length < cells * width) counts = new Int32Array(cells * width * 2);
  counts.fill(0, 0, cells * width);
  const bases = cellOf ? cellOf.map((cell) => cell * width) : null;
  if (selection.isList) {
    if (bases) countListed(counts, selection.rows, selection.size, bases, codes, classCodes);
    else countListedPlain(counts, selection.rows, selection.size, width, codes, classCodes);
  } else if (bases) countStretch(counts, selection.from, selection.to, bases, codes, classCodes);
  else countStretchPlain(counts, selection.from, selection.to, width, codes, classCodes);
  for (let cell = 0, at = 0; cell < cells; cell++) {
    let slot = -1;
    for (let of = 0; of < width; of++, at++) {
      const rows = counts[at] as number;
      if (rows === 0) continue;
      if (slot < 0) slot = slotOfCell(cell);
      sums.add(slot, classes.values[of] as number, rows * (signs[of] as number));
    }
  }
}

/** Where codes are counted. */
export interface Cells {
  readonly cells: number;
  /** Of each code; null: a code is its own cell. */
  readonly cellOf: Uint32Array | null;
  readonly slotOfCell: (cell: number) => number;
}

/** How many of the selected rows there are of each class. */
export function countClasses(selection: RowSelection, { column }: FlagClasses): Int32Array {
  const found = new Int32Array(column.values.length);
  if (found.length === 1) found[0] = selection.size;
  else if (selection.isList)
    countClassesListed(found, selection.rows, selection.size, selection.widened(column, 1));
  else countClassesStretch(found, selection.from, selection.to, selection.widened(column, 1));
  return found;
}

function countStretch(
  into: Int32Array,
  from: number,
  to: number,
  bases: Uint32Array,
  codes: Uint16Array,
  classes: Uint16Array,
): void {
  for (let row = from; row < to; row++) {
    const at = (bases[codes[row] as number] as number) + (classes[row] as number);
    into[at] = (into[at] as number) + 1;
  }
}

function countStretchPlain(
  into: Int32Array,
  from: number,
  to: number,
  width: number,
  codes: Uint16Array,
  classes: Uint16Array,
): void {
  for (let row = from; row < to; row++) {
    const at = Math.imul(codes[row] as number, width) + (classes[row] as number);
    into[at] = (into[at] as number) + 1;
  }
}

function countListed(
  into: Int32Array,
  rows: Uint16Array,
  size: number,
  bases: Uint32Array,
  codes: Uint16Array,
  classes: Uint16Array,
): void {
  for (let index = 0; index < size; index++) {
    const row = rows[index] as number;
    const at = (bases[codes[row] as number] as number) + (classes[row] as number);
    into[at] = (into[at] as number) + 1;
  }
}

function countListedPlain(
  into: Int32Array,
  rows: Uint16Array,
  size: number,
  width: number,
  codes: Uint16Array,
  classes: Uint16Array,
): void {
  for (let index = 0; index < size; index++) {
    const row = rows[index] as number;
    const at = Math.imul(codes[row] as number, width) + (classes[row] as number);
    into[at] = (into[at] as number) + 1;
  }
}

function countClassesStretch(into: Int32Array, from: number, to: number, classes: Uint16Array): void {
  for (let row = from; row < to; row++) {
    const of = classes[row] as number;
    into[of] = (into[of] as number) + 1;
  }
}

function countClassesListed(into: Int32Array, rows: Uint16Array, size: number, classes: Uint16Array): void {
  for (let index = 0; index < size; index++) {
    const of = classes[rows[index] as number] as number;
    into[of] = (into[of] as number) + 1;
  }
}
