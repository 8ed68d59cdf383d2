import Sqlite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import type {
  AskedRows,
  BatchInsert,
  BatchReader,
  BatchTransaction,
  BatchWriter,
  SqlValue,
} from '../batch-writer.ts';
import { canBeFound, containsPattern, type Dialect } from '../dialect.ts';
import type { Lookup } from '../lookup.ts';
import { TransactionGuard } from '../transaction-guard.ts';
import { SqliteThreadDialect, type SqliteThreadOptions } from './sqlite-thread.ts';

export const sqliteDialect: Dialect = {
  identityColumn: 'integer primary key autoincrement',
  blobColumn: 'blob not null',
  storeAsIs: () => [],
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
  // A transaction asks for the right to write as it begins, and has waited ten seconds when it is told BUSY. Once it has
  // begun, nobody is in its way.
  isConflict: () => false,
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
  readonly config: BatchReader;
  readonly events: BatchReader;
  readonly #events: StatementMemory;
  readonly #config: StatementMemory;
  readonly #tx: BatchTransaction;
  readonly #guard = new TransactionGuard();
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: { readonly config: string; readonly events: string }) {
    const db = new Sqlite(files.events, { timeout: 10_000 });
    db.pragma('journal_mode = wal');
    db.pragma('synchronous = full');
    // Clicks of all links arrive mixed, so their indexes are touched everywhere: the usual 2 MB of cache cost a tenth of
    // the work of ingest. Fewer checkpoints write a page that changes often fewer times.
    db.pragma('cache_size = -64000');
    db.pragma('wal_autocheckpoint = 8000');
    this.#events = new StatementMemory(db);
    this.#config = new StatementMemory(new Sqlite(files.config, { readonly: true, timeout: 10_000 }));
    this.config = readerOf(this.#config);
    this.events = readerOf(this.#events);
    this.#tx = {
      ...readerOf(this.#events),
      config: this.config,
      skipLocked: '',
      takeTurnIn: async () => {},
      insertMany: async (insert) => this.#insertMany(insert),
      run: async (text, parameters) => this.#events.numbered(text).run(parameters).changes,
    };
  }

  /** One after another: there is one connection, and a transaction yields between its statements. */
  transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T> {
    return this.#guard.run(() => {
      const turn = this.#last.then(() => this.#transact(work));
      this.#last = turn.catch(() => {});
      return turn;
    });
  }

  async #transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T> {
    const { db } = this.#events;
    db.exec('begin immediate');
    try {
      const result = await work(this.#tx);
      db.exec('commit');
      return result;
    } catch (error) {
      if (db.inTransaction) db.exec('rollback');
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#last;
    // So that the file alone is the whole database for whoever copies it now.
    this.#events.db.pragma('wal_checkpoint(truncate)');
    this.#events.db.close();
    this.#config.db.close();
  }

  #insertMany({ table, columns, rows, onConflict = '' }: BatchInsert): void {
    const names = Object.keys(columns);
    const text = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')}) ${onConflict}`;
    const statement = this.#events.positional(text);
    for (const row of rows) statement.run(...(row as SqlValue[]));
  }
}

export function readerOf(memory: StatementMemory): BatchReader {
  const allOf = async <Row>(text: string, { columns, rows }: AskedRows) => {
    const names = Object.keys(columns).map((name, at) => `value ->> ${at} as ${name}`);
    const asked = `(select key as n, ${names.join(', ')} from json_each($1)) as asked`;
    return memory.numbered(text.replace('{asked}', asked)).all([JSON.stringify(rows)]) as Row[];
  };
  return {
    all: async <Row>(text: string, parameters: readonly SqlValue[]) =>
      memory.numbered(text).all(parameters) as Row[],
    allOf,
    // The engine keeps to the order of a cross join.
    findEach: ({ select, from, where }, asked) =>
      allOf(`select asked.n, ${select} from {asked} cross join ${from} where ${where}`, asked),
  };
}

/** One connection and what has been prepared on it. */
export class StatementMemory {
  readonly db: Sqlite.Database;
  readonly #numbered = new Map<string, NumberedStatement>();
  readonly #positional = new Map<string, Sqlite.Statement<unknown[]>>();

  constructor(db: Sqlite.Database) {
    this.db = db;
  }

  numbered(text: string): NumberedStatement {
    return remembered(this.#numbered, text, () => new NumberedStatement(this.db, text));
  }

  positional(text: string): Sqlite.Statement<unknown[]> {
    return remembered(this.#positional, text, () => this.db.prepare<unknown[]>(text));
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
