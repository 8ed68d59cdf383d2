import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { migrate, migrateTo } from '../migrate.ts';
import { configMigrations } from '../migrations/config-migrations.ts';
import { eventMigrations } from '../migrations/event-migrations.ts';
import { RestoredFiles } from '../restored-files.ts';
import { StoreError } from '../store-error.ts';
import type { StoreShape, TableShape } from '../table-shape.ts';
import type { OpenSink, RowSink, WholeStoreLoader } from '../whole-store.ts';
import { sqliteDialect } from './sqlite.ts';

const CACHE_KIB = 128 * 1024;

/** Makes the two files beside their place, and moves them there when they are whole. */
export class SqliteWholeLoader implements WholeStoreLoader {
  readonly #places: readonly string[];
  readonly #files: RestoredFiles;

  constructor(dataDir: string, files: { readonly config: string; readonly events: string }) {
    this.#places = Object.values(files).flatMap((file) => [file, `${file}-wal`, `${file}-shm`]);
    this.#files = new RestoredFiles(dataDir);
  }

  async inTheWay(): Promise<string | undefined> {
    const found = this.#places.find((file) => existsSync(file));
    return found === undefined ? undefined : `there is a ${basename(found)}`;
  }

  async finishCutShort(): Promise<string | undefined> {
    return this.#files.moveIntoPlace();
  }

  async load(shape: StoreShape, mark: string, fill: (open: OpenSink) => Promise<void>): Promise<void> {
    const paths = this.#files.begin();
    try {
      const config = new NewFile(paths.config, shape.config);
      const events = new NewFile(paths.events, shape.events);
      try {
        await migrateTo(config.kysely, configMigrations(sqliteDialect), shape.level.config);
        await migrateTo(events.kysely, eventMigrations(sqliteDialect), shape.level.events);
        for (const file of [config, events]) file.prepareToFill();
        await fill(async (table, lastId) =>
          (shape.config.includes(table) ? config : events).open(table, lastId),
        );
        for (const file of [config, events]) file.completeTables();
        await migrate(config.kysely, configMigrations(sqliteDialect));
        await migrate(events.kysely, eventMigrations(sqliteDialect));
      } finally {
        await config.kysely.destroy();
        await events.kysely.destroy();
      }
      this.#files.commit(mark);
    } catch (error) {
      this.#files.giveUp();
      throw error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')
        ? new StoreError(`The rows of the backup contradict each other: ${error.message}.`)
        : error;
    }
    this.#files.moveIntoPlace();
  }

  async close(): Promise<void> {}
}

/** A file that nobody else sees yet: until it is whole it needs no safety, and its indexes are made at the end. */
class NewFile {
  readonly kysely: Kysely<unknown>;
  readonly #db: Sqlite.Database;
  readonly #tables: readonly TableShape[];
  #indexes: readonly string[] = [];

  constructor(path: string, tables: readonly TableShape[]) {
    this.#db = new Sqlite(path);
    this.#tables = tables;
    this.kysely = new Kysely({ dialect: new SqliteDialect({ database: this.#db }) });
    this.#db.pragma('journal_mode = off');
    this.#db.pragma('synchronous = off');
    this.#db.pragma(`cache_size = -${CACHE_KIB}`);
  }

  prepareToFill(): void {
    // Tables name each other; looked at when all are there.
    this.#db.pragma('foreign_keys = off');
    for (const { name } of this.#tables) this.#db.exec(`delete from "${name}"`);
    const indexes = this.#db
      .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null`)
      .all() as { name: string; sql: string }[];
    for (const { name } of indexes) this.#db.exec(`drop index "${name}"`);
    this.#indexes = indexes.map(({ sql }) => sql);
  }

  open({ name, columns, countsIds }: TableShape, lastId: number): RowSink {
    const names = columns.map((column) => `"${column.name}"`).join(', ');
    const insert = this.#db.prepare<unknown[]>(
      `insert into "${name}" (${names}) values (${columns.map(() => '?').join(', ')})`,
    );
    this.#db.exec('begin');
    return {
      take: async (rows) => {
        for (const row of rows) insert.run(...row);
      },
      end: async () => {
        if (countsIds) for (const statement of sqliteDialect.raiseIds(name, lastId)) this.#db.exec(statement);
        this.#db.exec('commit');
      },
    };
  }

  /** @throws StoreError when a row names another that is not there */
  completeTables(): void {
    for (const sql of this.#indexes) this.#db.exec(sql);
    this.#db.pragma('foreign_keys = on');
    const [astray] = this.#db.pragma('foreign_key_check') as { table: string; parent: string }[];
    if (astray) {
      throw new StoreError(
        `The rows of the backup contradict each other: one of ${astray.table} names a row of ${astray.parent} that is not there.`,
      );
    }
  }
}
