import type { Cell, StoreLevel, TableShape } from '../db/table-shape.ts';

/**
 * A backup is lines of JSON:
 *
 *     {"type":"switchyard-backup","format":1,…}      who wrote it, when, and of which level the tables are
 *     {"type":"table","name":"click",…}              then its rows, one array a line; bytes are base64
 *     [1,"c_8f3…",…]
 *     …
 *     {"type":"end","rows":{"click":1,…},"sha256":"…"}   of all bytes before this line
 *
 * It is whole when the last line is exactly what the lines before it call for.
 */
export const FORMAT = 1;
export const FILE_TYPE = 'switchyard-backup';

export interface BackupHeader {
  /** Of the Switchyard that wrote it. */
  readonly version: string;
  /** When it began to, ISO 8601. */
  readonly at: string;
  /** The last migrations its tables have had. */
  readonly level: StoreLevel;
}

export function headerLine({ version, at, level }: BackupHeader): string {
  return line({ type: FILE_TYPE, format: FORMAT, version, at, migrations: level });
}

/** @param bytes the first of a file; a line end is not needed */
export function beginsHeader(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, HEADER_BEGINS.length) === HEADER_BEGINS;
}

const HEADER_BEGINS = JSON.stringify({ type: FILE_TYPE }).slice(0, -1);

/** @param lastId the highest id the table has given, where it gives ids */
export function tableLine(table: TableShape, lastId: number): string {
  const columns = table.columns.map(({ name }) => name);
  const binary = binaryColumns(table).map((at) => columns[at]);
  return line({ type: 'table', name: table.name, columns, binary, ...(table.countsIds ? { lastId } : {}) });
}

/** @param binary where the row has bytes */
export function rowLine(row: readonly Cell[], binary: readonly number[]): string {
  if (binary.length === 0) return `${JSON.stringify(row)}\n`;
  const cells = [...row];
  for (const at of binary) {
    const cell = row[at];
    if (!(cell instanceof Uint8Array)) continue;
    cells[at] = Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('base64');
  }
  return `${JSON.stringify(cells)}\n`;
}

/** Positions of the columns that hold bytes. */
export function binaryColumns({ columns }: TableShape): number[] {
  return columns.flatMap(({ kind }, at) => (kind === 'bytes' ? [at] : []));
}

export function endLine(rows: ReadonlyMap<string, number>, sha256: string): string {
  return line({ type: 'end', rows: Object.fromEntries(rows), sha256 });
}

/** @returns the cells of a line as JSON has them; bytes that are no base64 stay texts, which no column of bytes takes */
export function cellsOf(binary: readonly number[], parsed: unknown[]): unknown[] {
  for (const at of binary) {
    const cell = parsed[at];
    if (typeof cell === 'string' && BASE64.test(cell) && cell.length % 4 === 0)
      parsed[at] = Buffer.from(cell, 'base64');
  }
  return parsed;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
