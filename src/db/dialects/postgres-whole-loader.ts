import { setTimeout } from 'node:timers/promises';
import { type Kysely, type PostgresPool, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { unknownMigrations } from '../known-levels.ts';
import { migrate, migrateTo } from '../migrate.ts';
import { configMigrations } from '../migrations/config-migrations.ts';
import { eventMigrations } from '../migrations/event-migrations.ts';
import { StoreError } from '../store-error.ts';
import type { StoreShape, TableShape } from '../table-shape.ts';
import type { OpenSink, RowSink, WholeStoreLoader } from '../whole-store.ts';
import { kyselyOver, type PostgresOptions, postgresDialect } from './postgres.ts';
import { CopyIn } from './postgres-copy-in.ts';
import { closeOwnClient, type OwnClient, openOwnClient } from './postgres-own-client.ts';
import { othersOn } from './postgres-whole-reader.ts';
import { shapeAt } from './sqlite-shape.ts';

const LOOKS = 20;
const MS_BETWEEN_LOOKS = 100;

const BOOKKEEPING = ['config_migration', 'config_migration_lock', 'event_migration', 'event_migration_lock'];

/** However long it takes, but for a table that somebody else holds. */
const LIMITS = `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  set local lock_timeout = '10s'; set local maintenance_work_mem = '128MB'`;

/** What a transaction is refused for because of the rows: an error of data (not of its encoding), or of their relations. */
const CONTRADICTION_CODE = /^23...$|^22(?!021|P05)...$/;

/** Something else depends on what is to be dropped. */
const DEPENDENCY_CODE = '2BP01';

/** What stands under names of ours, of whatever kind, in the one schema that tables are made in. */
const STANDING = `select relname as name, relkind = 'r' as "isTable", pg_get_userbyid(relowner) as owner,
    pg_has_role(relowner, 'usage') as "isOurs"
  from pg_class where relnamespace = quote_ident(current_schema())::regnamespace and relname = any($1) order by relname`;

interface Standing {
  readonly name: string;
  readonly isTable: boolean;
  readonly owner: string;
  /** Its owner is this user, or one whose rights this user has. */
  readonly isOurs: boolean;
}

/** One transaction makes the tables, fills them, and then their indexes and relations, which all at once is faster. */
export class PostgresWholeLoader implements WholeStoreLoader {
  readonly #own: OwnClient;
  readonly #client: pg.PoolClient;
  readonly #latest: StoreShape;
  /** Has not ended. */
  #copy: CopyIn | undefined;

  private constructor(own: OwnClient, latest: StoreShape) {
    this.#own = own;
    this.#client = own.client;
    this.#latest = latest;
  }

  /** @param latest shape that this version brings stores to */
  static async open(options: PostgresOptions, latest: StoreShape): Promise<PostgresWholeLoader> {
    return await openOwnClient(options, async (own) => {
      await settleIn(own.client);
      return new PostgresWholeLoader(own, latest);
    });
  }

  async inTheWay(): Promise<string | undefined> {
    const standing = await this.#standing();
    for (const { name, isTable, isOurs, owner } of standing) {
      if (!isTable) return `there is a relation ${name} that is not Switchyard's`;
      if (!isOurs) return `the table ${name} belongs to another user of the database, ${owner}`;
    }
    const has = (name: string) => standing.some((one) => one.name === name);
    const had = {
      config: has('config_migration') ? await this.#migrations('config_migration') : [],
      events: has('event_migration') ? await this.#migrations('event_migration') : [],
    };
    const unknown = unknownMigrations(had);
    if (unknown.length > 0) return `its tables belong to a newer version (${unknown.join(', ')})`;
    // Whatever these have not made is somebody else's, however empty.
    const { config, events } = await shapeAt({
      config: had.config.at(-1) ?? '',
      events: had.events.at(-1) ?? '',
    });
    const made = new Map([...config, ...events].map(({ name, ownRows }) => [name, ownRows]));
    for (const { name } of standing) {
      if (BOOKKEEPING.includes(name)) continue;
      const ownRows = made.get(name);
      if (ownRows === undefined) return `there is a table ${name} that is not Switchyard's`;
      const { rows } = await this.#client.query<{ found: number }>(
        `select count(*) as found from (select 1 from "${name}" limit ${ownRows + 1}) as few`,
      );
      if ((rows[0]?.found ?? 0) > ownRows) return `the table ${name} has rows`;
    }
    return (await this.#othersStay())
      ? 'another Switchyard is connected to the same database, if only to another schema of it (stop it meanwhile)'
      : undefined;
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
      throw loadError(error);
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
    try {
      await fill((table, lastId) => this.#openSink(tx, table, lastId));
    } catch (error) {
      await this.#copy?.giveUp();
      throw error;
    }
    for (const statement of makeAgain) await this.#client.query(statement);
    await migrate(tx, configMigrations(postgresDialect), 'config_migration');
    await migrate(tx, eventMigrations(postgresDialect), 'event_migration');
    // Else the first questions are planned for empty tables.
    for (const { name } of this.#tables) await this.#client.query(`analyze "${name}"`);
  }

  async #openSink(tx: Transaction<unknown>, table: TableShape, lastId: number): Promise<RowSink> {
    const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
    const copy = await CopyIn.open(this.#client, `"${table.name}" (${names})`);
    this.#copy = copy;
    return {
      take: (rows) => copy.write(rows),
      end: async () => {
        await copy.end();
        this.#copy = undefined;
        if (!table.countsIds) return;
        for (const statement of postgresDialect.raiseIds(table.name, lastId))
          await sql.raw(statement).execute(tx);
      },
    };
  }

  /** They may be of any level; nobody writes to them from here on. */
  async #dropEmptyTables(): Promise<void> {
    await this.#refuseWhatIsThere();
    const standing = (await this.#standing()).map(({ name }) => `"${name}"`).join(', ');
    if (standing === '') return;
    await this.#client.query(`lock table ${standing} in access exclusive mode`);
    await this.#refuseWhatIsThere();
    await this.#client.query(`drop table ${standing}`);
  }

  async #refuseWhatIsThere(): Promise<void> {
    const reason = await this.inTheWay();
    if (reason !== undefined) throw new StoreError(`Nothing was restored: meanwhile ${reason}.`);
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

  async #standing(): Promise<readonly Standing[]> {
    const names = [...this.#tables.map(({ name }) => name), ...BOOKKEEPING];
    return (await this.#client.query<Standing>(STANDING, [names])).rows;
  }

  get #tables(): readonly TableShape[] {
    return [...this.#latest.config, ...this.#latest.events];
  }

  /** Its transactions are on the connection that copies; giving it back is ours. */
  #overClient(): Kysely<unknown> {
    const borrowed = Object.create(this.#client, { release: { value: () => {} } }) as pg.PoolClient;
    const pool = { connect: async () => borrowed, end: async () => {} } as unknown as PostgresPool;
    return kyselyOver<unknown>(pool);
  }

  async close(): Promise<void> {
    await closeOwnClient(this.#own);
  }
}

interface Place {
  readonly schema: string | null;
  readonly role: string;
  readonly makesTables: boolean;
  readonly encoding: string;
  /** Schema of the installation that the search path leads to. */
  readonly home: string | null;
}

const PLACE = `select current_schema() as schema, current_user as role, current_setting('server_encoding') as encoding,
  has_schema_privilege(current_schema(), 'create') as "makesTables",
  (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('config_migration')) as home`;

/**
 * Sees that tables can be made, and looks at no schema but theirs from here on: what the search path leads to further on
 * is somebody else's.
 *
 * @throws StoreError when they cannot
 */
async function settleIn(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<Place>(PLACE);
  const { schema, role, makesTables, encoding, home } = rows[0] as Place;
  if (schema === null) {
    throw new StoreError(
      'The search_path of DATABASE_URL names no schema that is there. Make the schema, or name another.',
    );
  }
  if (!makesTables) {
    throw new StoreError(
      `The user ${role} may not make tables in the schema ${schema}. Allow it with: grant create on schema "${schema}" to "${role}"`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new StoreError(
      `The database has the encoding ${encoding}, which lacks characters. Restore into one that was made with: create database … encoding 'UTF8' template template0`,
    );
  }
  const { rows: own } = await client.query<{ schema: string }>(
    `select set_config('search_path', quote_ident(current_schema()), false) as schema`,
  );
  if (home !== null && home !== own[0]?.schema) {
    throw new StoreError(
      `The search_path of DATABASE_URL leads to an installation in the schema ${home}. Name a search_path without it, or give another DATABASE_URL.`,
    );
  }
}

/** What an operator can act on, as a sentence; any other error as it is. */
function loadError(error: unknown): unknown {
  if (postgresDialect.isUnavailable(error)) {
    return new StoreError(
      `The database went away (${(error as Error).message}). Run the same again when it is back: all is restored at once, or nothing.`,
    );
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  if (CONTRADICTION_CODE.test(error.code ?? '')) {
    return new StoreError(`The rows of the backup contradict each other: ${error.message}.`);
  }
  if (error.code === DEPENDENCY_CODE) {
    return new StoreError(
      `Nothing was restored, because something depends on an empty table of Switchyard: ${error.detail}. Drop it, or give another DATABASE_URL.`,
    );
  }
  return error;
}
