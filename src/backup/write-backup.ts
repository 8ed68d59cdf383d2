import { createHash } from 'node:crypto';
import { shapeOfLevel } from '../db/known-levels.ts';
import { StoreError } from '../db/store-error.ts';
import { type Cell, rowProblem, type TableShape } from '../db/table-shape.ts';
import type { WholeStoreReader } from '../db/whole-store.ts';
import { binaryColumns, endLine, headerLine, rowLine, tableLine } from './backup-format.ts';
import { LONGEST_LINE_BYTES } from './backup-lines.ts';
import { readingsOf } from './table-list.ts';

/** Told now and then how far it has come. */
export type BackupWatch = (progress: { readonly rows: number; readonly bytes: number }) => void;

/**
 * All rows of a store as the bytes of a backup, page by page.
 *
 * @throws StoreError when the store belongs to a newer version, or holds what no backup can bring back
 */
export async function* writeBackup(
  reader: WholeStoreReader,
  { version, at }: { readonly version: string; readonly at: number },
  watch: BackupWatch = () => {},
): AsyncGenerator<Buffer> {
  const shape = await shapeOfLevel(reader.level);
  if (!shape) {
    const { config, events } = reader.level;
    throw new StoreError(
      `The database belongs to another, probably newer, version of Switchyard (${config}, ${events}). Back it up with that version.`,
    );
  }
  const hash = createHash('sha256');
  const counts = new Map<string, number>();
  let [rows, bytes] = [0, 0];
  const hashed = (text: string): Buffer => {
    const block = Buffer.from(text);
    hash.update(block);
    bytes += block.length;
    return block;
  };
  yield hashed(headerLine({ version, at: new Date(at).toISOString(), level: shape.level }));
  for (const reading of readingsOf(shape)) {
    const { table } = reading;
    const binary = binaryColumns(table);
    let count = 0;
    yield hashed(tableLine(table, table.countsIds ? await reader.lastId(table.name) : 0));
    for await (const page of reader.pages(reading)) {
      yield hashed(page.map((row) => checkedLine(table, row, rowLine(row, binary))).join(''));
      count += page.length;
      rows += page.length;
      watch({ rows, bytes });
    }
    counts.set(table.name, count);
  }
  yield Buffer.from(endLine(counts, hash.digest('hex')));
}

/** What could not be read back is said now, while the store is still there. */
function checkedLine(table: TableShape, row: readonly Cell[], line: string): string {
  const problem =
    rowProblem(table, row) ?? (line.length * 3 > LONGEST_LINE_BYTES ? tooLong(line) : undefined);
  if (problem === undefined) return line;
  const key = table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)]);
  throw new StoreError(
    `A row of ${table.name} cannot be backed up: the one with the key ${JSON.stringify(key)} ${problem}.`,
  );
}

/** A character is three bytes at most, in UTF-8, for each of its units. */
function tooLong(line: string): string | undefined {
  return Buffer.byteLength(line) > LONGEST_LINE_BYTES ? 'is too long' : undefined;
}
