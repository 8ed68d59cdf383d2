import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { TemporaryFolder } from '../temporary-folder.ts';
import type { SpikeDatabase, SpikeEngine, SpikeInsert } from './spike-database.ts';

/** A file a candidate, with the product's settings. */
export function startSqlite(): SpikeEngine {
  const folder = new TemporaryFolder();
  return {
    name: 'SQLite',
    blobType: 'blob',
    clustered: 'without rowid',
    storedAsIs: () => '',
    open: async (candidate) => new SqliteSpike(join(folder.path, `${candidate}.db`)),
    serverCpuUs: () => 0,
    stop: async () => folder[Symbol.dispose](),
  };
}

class SqliteSpike implements SpikeDatabase {
  readonly #file: string;
  readonly #db: Sqlite.Database;

  constructor(file: string) {
    this.#file = file;
    this.#db = new Sqlite(file);
    this.#db.pragma('journal_mode = wal');
    this.#db.pragma('synchronous = full');
  }

  async exec(sql: string): Promise<void> {
    this.#db.exec(sql);
  }

  async all<Row>(sql: string, parameters: readonly number[] = []): Promise<Row[]> {
    const named = Object.fromEntries(parameters.map((value, index) => [`${index + 1}`, value]));
    return this.#db.prepare<[typeof named], Row>(sql).all(named);
  }

  async insert({ table, columns, rows, onConflict = '' }: SpikeInsert): Promise<void> {
    const names = Object.keys(columns);
    const statement = this.#db.prepare(
      `insert into ${table} (${names}) values (${names.map(() => '?')}) ${onConflict}`,
    );
    this.#db.transaction(() => {
      for (const row of rows) statement.run(row);
    })();
  }

  async settle(): Promise<void> {
    this.#db.exec('analyze');
    this.#db.pragma('wal_checkpoint(truncate)');
  }

  async sizeBytes(): Promise<number> {
    const pragma = (name: string) => this.#db.pragma(name, { simple: true }) as number;
    return pragma('page_count') * pragma('page_size');
  }

  async close(): Promise<void> {
    this.#db.close();
    rmSync(this.#file);
  }
}
