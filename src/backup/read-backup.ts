import { shapeOfLevel } from '../db/known-levels.ts';
import { type Cell, rowProblem, type StoreShape, type TableShape } from '../db/table-shape.ts';
import {
  type BackupHeader,
  binaryColumns,
  cellsOf,
  endLine,
  FILE_TYPE,
  FORMAT,
  tableLine,
} from './backup-format.ts';
import { backupLines } from './backup-lines.ts';
import { BackupProblem } from './backup-problem.ts';
import { readingsOf } from './table-list.ts';

/** What a backup is made of, in its order. */
export type BackupPart =
  | { readonly kind: 'header'; readonly header: BackupHeader; readonly shape: StoreShape }
  | { readonly kind: 'table'; readonly table: TableShape; readonly lastId: number }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'end'; readonly rows: number; readonly tables: number; readonly sha256: string };

/**
 * Reads a backup and believes nothing of it: every line is what it must be in that place, every cell fits its column,
 * and the last line is the one these lines call for. Whoever acts on a part before `end` must be able to undo it.
 *
 * @param bytes unpacked
 * @throws BackupProblem naming the line
 */
export async function* readBackup(bytes: AsyncIterable<Buffer>): AsyncGenerator<BackupPart> {
  let reading: Reading | undefined;
  for await (const block of backupLines(bytes)) {
    if ('last' in block) {
      if (!reading) throw notOurs();
      yield reading.end(block.last, block.number, block.sha256);
      return;
    }
    let number = block.first;
    let rows: Cell[][] = [];
    for (const line of block.lines) {
      const value = parsed(line, number);
      if (!reading) {
        const { header, shape } = await headerOf(value);
        reading = new Reading(shape);
        yield { kind: 'header', header, shape };
      } else if (Array.isArray(value)) {
        rows.push(reading.row(value, number));
      } else {
        if (rows.length > 0) yield { kind: 'rows', rows };
        rows = [];
        yield reading.table(line, value, number);
      }
      number++;
    }
    if (rows.length > 0) yield { kind: 'rows', rows };
  }
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    if (number === 1) throw notOurs();
    throw new BackupProblem(`Line ${number} is no JSON: the file is damaged.`);
  }
}

function notOurs(): BackupProblem {
  return new BackupProblem(
    'The file is no backup of Switchyard: "switchyard backup" has not written its first line.',
  );
}

async function headerOf(value: unknown): Promise<{ header: BackupHeader; shape: StoreShape }> {
  const { type, format, version, at, migrations } = (value ?? {}) as Record<string, unknown>;
  if (type !== FILE_TYPE) throw notOurs();
  const { config, events } = (migrations ?? {}) as Record<string, unknown>;
  if (![version, at, config, events].every((one) => typeof one === 'string')) {
    throw new BackupProblem('Line 1 does not say who wrote the backup, or of what: the file is damaged.');
  }
  const level = { config: String(config), events: String(events) };
  const shape = format === FORMAT ? await shapeOfLevel(level) : undefined;
  if (!shape) {
    throw new BackupProblem(
      `The backup was written by another, probably newer, Switchyard (${String(version).slice(0, 40)}). Restore it with that version.`,
    );
  }
  return { header: { version: String(version), at: String(at), level }, shape };
}

/** Where in a backup a reader is, and what may come next. */
class Reading {
  readonly #tables: readonly TableShape[];
  readonly #counts = new Map<string, number>();
  #table: TableShape | undefined;
  #binary: readonly number[] = [];
  #idAt = -1;
  #lastId = 0;
  #rows = 0;

  constructor(shape: StoreShape) {
    this.#tables = readingsOf(shape).map(({ table }) => table);
  }

  table(line: string, value: unknown, number: number): BackupPart {
    this.#finishTable();
    const table = this.#tables[this.#counts.size];
    const { lastId = 0 } = (value ?? {}) as { lastId?: unknown };
    const fits = table && typeof lastId === 'number' && Number.isSafeInteger(lastId) && lastId >= 0;
    if (!fits || `${line}\n` !== tableLine(table, lastId)) {
      throw new BackupProblem(
        `Line ${number} does not begin ${table ? `the table ${table.name}` : 'the end'}, which comes next: the file is damaged.`,
      );
    }
    this.#table = table;
    this.#rows = 0;
    this.#binary = binaryColumns(table);
    this.#idAt = table.countsIds ? table.columns.findIndex(({ name }) => name === 'id') : -1;
    this.#lastId = lastId;
    return { kind: 'table', table, lastId };
  }

  row(value: unknown[], number: number): Cell[] {
    if (!this.#table)
      throw new BackupProblem(`Line ${number} is a row before any table: the file is damaged.`);
    const cells = cellsOf(this.#binary, value);
    const problem = rowProblem(this.#table, cells) ?? this.#idProblem(cells);
    if (problem !== undefined) {
      throw new BackupProblem(
        `Line ${number}, a row of ${this.#table.name}, ${problem}: the file is damaged.`,
      );
    }
    this.#rows++;
    return cells as Cell[];
  }

  end(last: string, number: number, sha256: string): BackupPart {
    this.#finishTable();
    if (!last.startsWith('{"type":"end"')) {
      throw new BackupProblem(
        `The file ends with line ${number}, before its own last line: it was cut short.`,
      );
    }
    if (this.#counts.size < this.#tables.length || `${last}\n` !== endLine(this.#counts, sha256)) {
      throw new BackupProblem(
        `The last line, ${number}, is not what the lines before it call for: the file was changed or damaged.`,
      );
    }
    const rows = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    return { kind: 'end', rows, tables: this.#tables.length, sha256 };
  }

  #finishTable(): void {
    if (this.#table) this.#counts.set(this.#table.name, this.#rows);
    this.#table = undefined;
  }

  #idProblem(cells: readonly unknown[]): string | undefined {
    if (this.#idAt < 0 || Number(cells[this.#idAt]) <= this.#lastId) return undefined;
    return `has a greater id than its table has given (${this.#lastId})`;
  }
}
