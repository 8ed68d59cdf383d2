import { setTimeout } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPool, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { unknownMigrations } from '../known-levels.ts';
import { migrate, migrateTo } from '../migrate.ts';
import { configMigrations } from '../migrations/config-migrations.ts';
import { eventMigrations } from '../migrations/event-migrations.ts';
import { StoreError } from '../store-error.ts';
import type { StoreShape, TableShape } from '../table-shape.ts';
import type { OpenSink, RowSink, WholeStoreLoader } from '../whole-store.ts';
import { openPostgresPool, type PostgresOptions, postgresDialect } from './postgres.ts';
import { CopyIn } from './postgres-copy-in.ts';
import { othersOn } from './postgres-whole-reader.ts';

const LOOKS = 20;
const MS_BETWEEN_LOOKS = 100;

const BOOKKEEPING = ['config_migration', 'config_migration_lock', 'event_migration', 'event_migration_lock'];

/** However long it takes, but for a table that somebody else holds. */
const LIMITS = `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  set local lock_timeout = '10s'; set local maintenance_work_mem = '128MB'`;

/** What a transaction is refused for because of the rows: an error of data, or of their relations. */
const CONTRADICTION_CODE = /^2[23]...$/;

/** One transaction makes the tables, fills them, and then their indexes and relations, which all at once is faster. */
export class PostgresWholeLoader implements WholeStoreLoader {
  readonly #pool: pg.Pool;
  readonly #client: pg.PoolClient;
  readonly #latest: StoreShape;

  private constructor(pool: pg.Pool, client: pg.PoolClient, latest: StoreShape) {
    this.#pool = pool;
    this.#client = client;
    this.#latest = latest;
  }

  /** @param latest shape that this version brings stores to */
  static async open(options: PostgresOptions, latest: StoreShape): Promise<PostgresWholeLoader> {
    const pool = openPostgresPool({ ...options, poolSize: 1, queryTimeoutMs: 0 });
    try {
      return new PostgresWholeLoader(pool, await pool.connect(), latest);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  async inTheWay(): Promise<string | undefined> {
    const there = await this.#tablesThere();
    const unknown = unknownMigrations({
      config: there.has('config_migration') ? await this.#migrations('config_migration') : [],
      events: there.has('event_migration') ? await this.#migrations('event_migration') : [],
    });
    if (unknown.length > 0) return `its tables belong to a newer version (${unknown.join(', ')})`;
    for (const { name, ownRows } of this.#tables) {
      if (!there.has(name)) continue;
      const { rows } = await this.#client.query<{ found: number }>(
        `select count(*) as found from (select 1 from "${name}" limit ${ownRows + 1}) as few`,
      );
      if ((rows[0]?.found ?? 0) > ownRows) return `the table ${name} has rows`;
    }
    return (await this.#othersStay()) ? 'another Switchyard is connected to it' : undefined;
  }

  /** The server notices a connection that was closed a moment after it was. */
  async #othersStay(): Promise<boolean> {
    for (let look = 0; look < LOOKS; look++) {
      if ((await othersOn(this.#client)) === 0) return false;
      await setTimeout(MS_BETWEEN_LOOKS);
    }
    return true;
  }

  /** A transaction has no last step that could be left over. */
  async finishCutShort(): Promise<string | undefined> {
    return undefined;
  }

  async load(shape: StoreShape, _mark: string, fill: (open: OpenSink) => Promise<void>): Promise<void> {
    try {
      await this.#overClient()
        .transaction()
        .execute((tx) => this.#loadIn(tx, shape, fill));
    } catch (error) {
      throw error instanceof pg.DatabaseError && CONTRADICTION_CODE.test(error.code ?? '')
        ? new StoreError(`The rows of the backup contradict each other: ${error.message}.`)
        : error;
    }
  }

  async #loadIn(
    tx: Transaction<unknown>,
    shape: StoreShape,
    fill: (open: OpenSink) => Promise<void>,
  ): Promise<void> {
    await this.#client.query(LIMITS);
    await this.#dropEmptyTables();
    await migrateTo(tx, configMigrations(postgresDialect), shape.level.config, 'config_migration');
    await migrateTo(tx, eventMigrations(postgresDialect), shape.level.events, 'event_migration');
    const tables = [...shape.config, ...shape.events];
    for (const { name } of tables) await this.#client.query(`delete from "${name}"`);
    const makeAgain = await this.#dropIndexesAndRelations(tables.map(({ name }) => name));
    await fill((table, lastId) => this.#openSink(tx, table, lastId));
    for (const statement of makeAgain) await this.#client.query(statement);
    await migrate(tx, configMigrations(postgresDialect), 'config_migration');
    await migrate(tx, eventMigrations(postgresDialect), 'event_migration');
    // Else the first questions are planned for empty tables.
    for (const { name } of this.#tables) await this.#client.query(`analyze "${name}"`);
  }

  async #openSink(tx: Transaction<unknown>, table: TableShape, lastId: number): Promise<RowSink> {
    const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
    const copy = await CopyIn.open(this.#client, `"${table.name}" (${names})`);
    return {
      take: (rows) => copy.write(rows),
      end: async () => {
        await copy.end();
        if (!table.countsIds) return;
        for (const statement of postgresDialect.raiseIds(table.name, lastId))
          await sql.raw(statement).execute(tx);
      },
    };
  }

  /** They may be of any level; nobody writes to them from here on. */
  async #dropEmptyTables(): Promise<void> {
    const there = [...(await this.#tablesThere())].map((name) => `"${name}"`);
    if (there.length === 0) return;
    await this.#client.query(`lock table ${there.join(', ')} in access exclusive mode`);
    const reason = await this.inTheWay();
    if (reason !== undefined) throw new StoreError(`Nothing was restored: meanwhile ${reason}.`);
    await this.#client.query(`drop table ${there.join(', ')}`);
  }

  /** @returns the statements that make them again */
  async #dropIndexesAndRelations(tables: readonly string[]): Promise<string[]> {
    const relations = await this.#client.query<{ drop: string; make: string }>(
      `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
         format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
         from pg_constraint where contype = 'f' and conrelid = any($1::regclass[])`,
      [tables],
    );
    const indexes = await this.#client.query<{ drop: string; make: string }>(
      `select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make
         from pg_index where indrelid = any($1::regclass[])
          and not exists (select 1 from pg_constraint where conindid = indexrelid)`,
      [tables],
    );
    const all = [...relations.rows, ...indexes.rows];
    for (const { drop } of all) await this.#client.query(drop);
    return all.reverse().map(({ make }) => make);
  }

  async #migrations(table: string): Promise<string[]> {
    const { rows } = await this.#client.query<{ name: string }>(`select name from ${table} order by name`);
    return rows.map(({ name }) => name);
  }

  async #tablesThere(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#client.query<{ name: string }>(
      `select name from unnest($1::text[]) as asked (name) where to_regclass(quote_ident(name)) is not null`,
      [[...this.#tables.map(({ name }) => name), ...BOOKKEEPING]],
    );
    return new Set(rows.map(({ name }) => name));
  }

  get #tables(): readonly TableShape[] {
    return [...this.#latest.config, ...this.#latest.events];
  }

  /** Its transactions are on the connection that copies; giving it back is ours. */
  #overClient(): Kysely<unknown> {
    const borrowed = Object.create(this.#client, { release: { value: () => {} } }) as pg.PoolClient;
    const pool = { connect: async () => borrowed, end: async () => {} } as unknown as PostgresPool;
    return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  }

  async close(): Promise<void> {
    this.#client.release(true);
    await this.#pool.end();
  }
}
