import Sqlite from 'better-sqlite3';
import { readStatement, rowsPerPage } from '../read-statement.ts';
import type { Cell, StoreLevel } from '../table-shape.ts';
import type { TableReading, WholeStoreReader } from '../whole-store.ts';

const BUSY_TIMEOUT_MS = 10_000;

/**
 * A read transaction on each file: readers of a WAL file wait for nobody and nobody waits for them. The events are
 * looked at first, so the links of all their clicks are there when the configuration is looked at.
 */
export class SqliteWholeReader implements WholeStoreReader {
  readonly level: StoreLevel;
  readonly #events: Sqlite.Database;
  readonly #config: Sqlite.Database;
  readonly #files: ReadonlyMap<string, Sqlite.Database>;

  constructor(files: { readonly config: string; readonly events: string }) {
    this.#events = beginOn(files.events);
    this.#config = beginOn(files.config);
    this.level = { config: lastMigration(this.#config), events: lastMigration(this.#events) };
    this.#files = new Map([
      ...tablesIn(this.#config).map((name) => [name, this.#config] as const),
      ...tablesIn(this.#events).map((name) => [name, this.#events] as const),
    ]);
  }

  async lastId(table: string): Promise<number> {
    const row = this.#fileOf(table).prepare('select seq from sqlite_sequence where name = ?').get(table);
    return (row as { seq: number } | undefined)?.seq ?? 0;
  }

  async *pages(reading: TableReading): AsyncGenerator<Cell[][]> {
    const statement = this.#fileOf(reading.table.name)
      .prepare(readStatement(reading, 'collate binary'))
      .raw();
    const perPage = rowsPerPage(reading);
    let page: Cell[][] = [];
    for (const row of statement.iterate() as Iterable<Cell[]>) {
      page.push(row);
      if (page.length < perPage) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async othersConnected(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    this.#config.close();
    this.#events.close();
  }

  #fileOf(table: string): Sqlite.Database {
    const db = this.#files.get(table);
    if (!db) throw new Error(`there is no table ${table}`);
    return db;
  }
}

function beginOn(file: string): Sqlite.Database {
  // One that may only read would leave `-wal` and `-shm` behind, where it is the last to close.
  const db = new Sqlite(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  db.pragma('query_only = on');
  db.exec('begin');
  // The transaction sees what is there at its first look.
  lastMigration(db);
  return db;
}

function lastMigration(db: Sqlite.Database): string {
  const row = db.prepare('select max(name) as name from migration').get() as { name: string | null };
  return row.name ?? '';
}

function tablesIn(db: Sqlite.Database): string[] {
  const rows = db.prepare(`select name from sqlite_master where type = 'table'`).all() as { name: string }[];
  return rows.map(({ name }) => name);
}
