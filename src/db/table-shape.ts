/** What can stand in a cell, on either engine. */
export type Cell = string | number | Uint8Array | null;

export interface ColumnShape {
  readonly name: string;
  readonly kind: 'integer' | 'text' | 'bytes';
  /** An integer of 32 bits, where there is an engine that keeps to it. */
  readonly isShort: boolean;
  readonly nullable: boolean;
}

/** A table as it is on every engine. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly ColumnShape[];
  /** Its primary key. */
  readonly key: readonly string[];
  /** Its `id` counts up, and no number is given twice. */
  readonly countsIds: boolean;
  /** Rows that a migration puts there. */
  readonly ownRows: number;
}

/** Names of the last migrations that a store has had. */
export interface StoreLevel {
  readonly config: string;
  readonly events: string;
}

/** What a store of some level consists of. */
export interface StoreShape {
  readonly level: StoreLevel;
  readonly config: readonly TableShape[];
  readonly events: readonly TableShape[];
}

const LARGEST_SHORT = 2 ** 31 - 1;

/** @returns what is wrong with a row, such as "clicks" is no integer; undefined when nothing is */
export function rowProblem({ columns }: TableShape, row: readonly unknown[]): string | undefined {
  if (row.length !== columns.length) return `has ${row.length} cells instead of ${columns.length}`;
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] as ColumnShape;
    const cell = row[at];
    if (cell === null ? !column.nullable : !fits(column, cell)) return `has no ${inWords(column)}`;
  }
  return undefined;
}

function fits({ kind, isShort }: ColumnShape, cell: unknown): boolean {
  if (kind === 'text') return typeof cell === 'string' && !cell.includes('\0');
  if (kind === 'bytes') return cell instanceof Uint8Array;
  if (!Number.isSafeInteger(cell)) return false;
  return !isShort || ((cell as number) <= LARGEST_SHORT && (cell as number) >= -LARGEST_SHORT - 1);
}

function inWords({ name, kind, isShort }: ColumnShape): string {
  const what = { integer: isShort ? 'integer of 32 bits' : 'integer', text: 'text', bytes: 'bytes' }[kind];
  return `${what} as ${name}`;
}
