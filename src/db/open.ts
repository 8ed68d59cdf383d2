import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { BatchWriter } from './batch-writer.ts';
import type { BlockReader } from './block-reader.ts';
import { type ChangeFeed, NoOtherProcesses } from './change-feed.ts';
import { Database } from './database.ts';
import {
  kyselyOver,
  openPostgresPool,
  PostgresBatchWriter,
  PostgresLookups,
  type PostgresOptions,
  postgresClient,
  postgresDialect,
} from './dialects/postgres.ts';
import { PostgresBlockReader } from './dialects/postgres-block-reader.ts';
import { PostgresChangeFeed } from './dialects/postgres-change-feed.ts';
import { openSqliteThread, SqliteBatchWriter, SqliteLookups, sqliteDialect } from './dialects/sqlite.ts';
import { SqliteBlockReader } from './dialects/sqlite-block-reader.ts';
import { migrate, pendingMigrations } from './migrate.ts';
import { configMigrations } from './migrations/config-migrations.ts';
import { eventMigrations } from './migrations/event-migrations.ts';
import { RestoredFiles } from './restored-files.ts';
import { backUpSqlite } from './sqlite-backup.ts';
import { StoreError } from './store-error.ts';
import type { DatabaseConfig, StoreLocation } from './store-location.ts';
import type { ConfigTables } from './tables/config-tables.ts';
import type { EventTables } from './tables/event-tables.ts';

/** An open, migrated database and what belongs to it on its engine. */
export interface Store {
  readonly database: Database;
  readonly feed: ChangeFeed;
  /**
   * Whether this process is the only one that serves visits, so that what it holds in memory is all there is
   * to know about clicks on their way.
   */
  readonly servesAlone: boolean;
}

/** Opens the store and brings its tables up to date; after that every statement of the product can run. */
export async function openStore(
  location: StoreLocation,
  say: (message: string) => void = () => {},
): Promise<Store> {
  mkdirSync(location.dataDir, { recursive: true });
  return location.database.engine === 'sqlite'
    ? await openSqlite(location.dataDir, say)
    : await openPostgres(postgresOptions(location.database));
}

/** What can be said of a store without changing it, in a sentence. @throws when it cannot be used */
export async function inspectStore({ dataDir, database }: StoreLocation): Promise<string> {
  if (database.engine === 'sqlite') {
    const { config } = sqliteFiles(dataDir);
    const restored = new RestoredFiles(dataDir);
    restored.refuseCutShort();
    if (restored.areWaiting) return 'a backup has been restored; the next start moves it into place';
    if (!existsSync(config)) return 'there is no database yet; the first start makes one';
    const db = openSqliteThread<ConfigTables>({ file: config, readonly: true, synchronous: 'normal' });
    return await pendingSentence(db, configMigrations(sqliteDialect));
  }
  const db = kyselyOver<ConfigTables>(openPostgresPool({ ...postgresOptions(database), poolSize: 1 }));
  return await pendingSentence(db, configMigrations(postgresDialect), 'config_migration');
}

/** Whether a first start has made the tables. Makes nothing. @throws when the database cannot be asked */
export async function storeIsThere({ dataDir, database }: StoreLocation): Promise<boolean> {
  if (database.engine === 'sqlite') {
    return existsSync(sqliteFiles(dataDir).config) || new RestoredFiles(dataDir).areWaiting;
  }
  const db = kyselyOver<ConfigTables>(openPostgresPool({ ...postgresOptions(database), poolSize: 1 }));
  const migrations = configMigrations(postgresDialect);
  try {
    const pending = await pendingMigrations(db, migrations, 'config_migration');
    return pending.length < Object.keys(migrations).length;
  } finally {
    await db.destroy();
  }
}

async function pendingSentence<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  tableName?: string,
): Promise<string> {
  try {
    const pending = await pendingMigrations(db, migrations, tableName);
    return pending.length === 0
      ? 'the database can be reached and its tables are up to date'
      : `the database can be reached; the next start will bring its tables up to date (${pending.join(', ')})`;
  } finally {
    await db.destroy();
  }
}

/** Whether opening failed because the database cannot be asked now, so that trying again may help. */
export function databaseIsUnavailable(database: DatabaseConfig, error: unknown): boolean {
  return database.engine === 'postgres' && postgresDialect.isUnavailable(error);
}

/** What refuses us whenever we ask: no such user, password or database, or too few rights. */
const REFUSAL_CODE = /^(28|3D)...$|^42501$/;

/** An error of opening as an operator can act on it: the database is away or refuses; any other as it is. */
export function openingError(database: DatabaseConfig, error: unknown): unknown {
  if (database.engine !== 'postgres' || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // One for several addresses says nothing itself.
  const reason = error.message || code;
  if (databaseIsUnavailable(database, error)) {
    return new StoreError(
      `The database cannot be reached (${reason}). Check DATABASE_URL and that it is running.`,
    );
  }
  return REFUSAL_CODE.test(code)
    ? new StoreError(`The database refuses (${reason}). Check DATABASE_URL and what its user may do.`)
    : error;
}

/** The ingest side of the same store; opened by the ingest thread. */
export function openBatchWriter({ dataDir, database }: StoreLocation): BatchWriter {
  return database.engine === 'sqlite'
    ? new SqliteBatchWriter(sqliteFiles(dataDir))
    : new PostgresBatchWriter({ ...postgresOptions(database), poolSize: 2, queryTimeoutMs: 15_000 });
}

/** What statistics read with; opened by their thread. @param atOnce how many snapshots are taken at the same time */
export function openBlockReader({ dataDir, database }: StoreLocation, atOnce: number): BlockReader {
  return database.engine === 'sqlite'
    ? new SqliteBlockReader(sqliteFiles(dataDir).events)
    : new PostgresBlockReader({ ...postgresOptions(database), poolSize: atOnce });
}

/** Two files, because counting clicks must not wait for editing links, nor the reverse. */
export function sqliteFiles(dataDir: string) {
  return { config: join(dataDir, 'switchyard.db'), events: join(dataDir, 'clicks.db') };
}

export function postgresOptions({
  url,
  poolSize,
}: Extract<DatabaseConfig, { engine: 'postgres' }>): PostgresOptions {
  return { url, poolSize, connectTimeoutMs: 2_000, queryTimeoutMs: 10_000 };
}

async function openSqlite(dataDir: string, say: (message: string) => void): Promise<Store> {
  const restored = new RestoredFiles(dataDir);
  restored.refuseCutShort();
  restored.moveIntoPlace();
  const files = sqliteFiles(dataDir);
  const write = openSqliteThread<ConfigTables>({ file: files.config, readonly: false, synchronous: 'full' });
  const events = openSqliteThread<EventTables>({ file: files.events, readonly: false, synchronous: 'full' });
  try {
    await migrateFile(files.config, write, configMigrations(sqliteDialect), say);
    await migrateFile(files.events, events, eventMigrations(sqliteDialect), say);
  } catch (error) {
    await write.destroy();
    throw error;
  } finally {
    await events.destroy();
  }
  const read = openSqliteThread<ConfigTables & EventTables>({
    file: files.config,
    readonly: true,
    attach: { events: files.events },
    synchronous: 'normal',
  });
  const lookups = new SqliteLookups(files);
  return {
    servesAlone: true,
    feed: new NoOtherProcesses(),
    database: new Database({
      read,
      write,
      dialect: sqliteDialect,
      prepareLookup: (text) => lookups.prepare(text),
      async close() {
        lookups.close();
        await read.destroy();
        await write.destroy();
      },
    }),
  };
}

async function migrateFile<Tables>(
  file: string,
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  say: (message: string) => void,
): Promise<void> {
  const isNew = !existsSync(file);
  const [first] = await pendingMigrations(db, migrations);
  if (first !== undefined && !isNew) await backUpSqlite(file, first, say);
  await migrate(db, migrations);
}

/** On a connection of its own without time limits: an index on a large table takes as long as it takes. */
async function migratePostgres(options: PostgresOptions): Promise<void> {
  const db = kyselyOver<unknown>(openPostgresPool({ ...options, poolSize: 2, queryTimeoutMs: 0 }));
  try {
    await migrate(db, configMigrations(postgresDialect), 'config_migration');
    await migrate(db, eventMigrations(postgresDialect), 'event_migration');
  } finally {
    await db.destroy();
  }
}

async function openPostgres(options: PostgresOptions): Promise<Store> {
  await migratePostgres(options);
  const pool = openPostgresPool(options);
  const db = kyselyOver<ConfigTables & EventTables>(pool);
  // A pool of its own: the feed must notice a stalled database within a second, and must not queue behind lookups.
  const impatient = { ...options, poolSize: 1, connectTimeoutMs: 1_000, queryTimeoutMs: 1_000 };
  const feedDb = kyselyOver<ConfigTables>(openPostgresPool(impatient));
  const lookups = new PostgresLookups(pool);
  return {
    servesAlone: false,
    feed: new PostgresChangeFeed(feedDb, () => postgresClient(impatient)),
    database: new Database({
      read: db,
      write: db as unknown as ConstructorParameters<typeof Database>[0]['write'],
      dialect: postgresDialect,
      prepareLookup: (text) => lookups.prepare(text),
      async close() {
        await feedDb.destroy();
        await db.destroy();
      },
    }),
  };
}
