import Sqlite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import type { BatchInsert, BatchTransaction, BatchWriter, SqlValue } from '../batch-writer.ts';
import { canBeFound, containsPattern, type Dialect } from '../dialect.ts';
import type { Lookup } from '../lookup.ts';
import { SqliteThreadDialect, type SqliteThreadOptions } from './sqlite-thread.ts';

export const sqliteDialect: Dialect = {
  identityColumn: 'integer primary key autoincrement',
  contains: (text, needle) => {
    if (!canBeFound(needle)) return sql`1 = 0`;
    return CASED_BEYOND_ASCII.test(needle)
      ? sql`instr(unicode_upper(${text}), ${needle.toUpperCase()}) > 0`
      : sql`${text} like ${containsPattern(needle)} escape '\\'`;
  },
  numericSetting: (settings, name) =>
    sql`case json_type(${settings}, ${`$.${name}`}) when 'false' then -1 else json_extract(${settings}, ${`$.${name}`}) end`,
  forUpdate: '',
  forShare: '',
  raiseIds: (table, above) => [
    `insert into sqlite_sequence (name, seq)
     select '${table}', 0 where not exists (select 1 from sqlite_sequence where name = '${table}')`,
    `update sqlite_sequence set seq = ${above} where name = '${table}' and seq < ${above}`,
  ],
  // One connection writes, so commits already follow one another, and no other process is listening.
  announceChanges: async () => {},
  takeTurnIn: async () => {},
  isUnavailable: (error) =>
    error instanceof Error &&
    'code' in error &&
    /^(SQLITE_(BUSY|IOERR|CANTOPEN|FULL)|THREAD_ENDED)/.test(String(error.code)),
};

/** Letters whose case SQLite's `like` does not know. What has none, such as Hangul, can keep to `like`, which is faster. */
const CASED_BEYOND_ASCII = /(?![\0-\x7f])\p{Changes_When_Casemapped}/u;

export function openSqliteThread<Tables>(options: SqliteThreadOptions): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SqliteThreadDialect(options) });
}

/**
 * The synchronous side of SQLite: prepared statements on a read-only connection of the serving thread (4 µs a
 * lookup). Readers of a WAL file never wait for its writer.
 */
export class SqliteLookups {
  readonly #db: Sqlite.Database;

  constructor(files: { readonly config: string; readonly events: string }) {
    this.#db = new Sqlite(files.config, { readonly: true, timeout: 0 });
    this.#db.prepare('attach ? as events').run(files.events);
  }

  prepare<Row>(text: string): Lookup<Row> {
    const statement = new NumberedStatement(this.#db, text);
    return (...parameters) => statement.get(parameters) as Row | undefined;
  }

  close(): void {
    this.#db.close();
  }
}

export class SqliteBatchWriter implements BatchWriter {
  readonly #db: Sqlite.Database;
  readonly #statements = new Map<string, NumberedStatement>();
  readonly #inserts = new Map<string, Sqlite.Statement<unknown[]>>();
  readonly #tx: BatchTransaction;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#db = new Sqlite(file, { timeout: 10_000 });
    this.#db.pragma('journal_mode = wal');
    this.#db.pragma('synchronous = full');
    this.#tx = {
      insertMany: async (insert) => this.#insertMany(insert),
      run: async (text, parameters) => this.#prepare(text).run(parameters).changes,
      all: async <Row>(text: string, parameters: readonly SqlValue[]) =>
        this.#prepare(text).all(parameters) as Row[],
    };
  }

  /** One after another: there is one connection, and a transaction yields between its statements. */
  transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transact(work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T> {
    this.#db.exec('begin immediate');
    try {
      const result = await work(this.#tx);
      this.#db.exec('commit');
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('rollback');
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#last;
    // So that the file alone is the whole database for whoever copies it now.
    this.#db.pragma('wal_checkpoint(truncate)');
    this.#db.close();
  }

  #insertMany({ table, columns, rows, onConflict = '' }: BatchInsert): void {
    const names = Object.keys(columns);
    const text = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')}) ${onConflict}`;
    const statement = remembered(this.#inserts, text, () => this.#db.prepare<unknown[]>(text));
    for (const row of rows) statement.run(...(row as SqlValue[]));
  }

  #prepare(text: string): NumberedStatement {
    return remembered(this.#statements, text, () => new NumberedStatement(this.#db, text));
  }
}

function remembered<T>(known: Map<string, T>, text: string, make: () => T): T {
  const found = known.get(text) ?? make();
  known.set(text, found);
  return found;
}

/** A statement written with `$1`, `$2`, … in better-sqlite3's terms, which bind by position alone. */
class NumberedStatement {
  readonly #statement: Sqlite.Statement<unknown[], unknown>;
  readonly #order: readonly number[];

  constructor(db: Sqlite.Database, text: string) {
    this.#order = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number) - 1);
    this.#statement = db.prepare(text.replace(/\$\d+/g, '?'));
  }

  get(parameters: readonly SqlValue[]): unknown {
    return this.#statement.get(...this.#inOrder(parameters));
  }

  all(parameters: readonly SqlValue[]): unknown[] {
    return this.#statement.all(...this.#inOrder(parameters));
  }

  run(parameters: readonly SqlValue[]): Sqlite.RunResult {
    return this.#statement.run(...this.#inOrder(parameters));
  }

  #inOrder(parameters: readonly SqlValue[]): unknown[] {
    return this.#order.map((index) => parameters[index]);
  }
}
