import { PostgresWholeLoader } from './dialects/postgres-whole-loader.ts';
import { PostgresWholeReader } from './dialects/postgres-whole-reader.ts';
import { shapeAt } from './dialects/sqlite-shape.ts';
import { SqliteWholeLoader } from './dialects/sqlite-whole-loader.ts';
import { SqliteWholeReader } from './dialects/sqlite-whole-reader.ts';
import { LATEST_LEVEL } from './known-levels.ts';
import { postgresOptions, sqliteFiles } from './open.ts';
import type { StoreLocation } from './store-location.ts';
import type { WholeStoreLoader, WholeStoreReader } from './whole-store.ts';

/** A look at all of a store that is there, beside whoever uses it. */
export async function openWholeReader({ dataDir, database }: StoreLocation): Promise<WholeStoreReader> {
  return database.engine === 'sqlite'
    ? new SqliteWholeReader(sqliteFiles(dataDir))
    : await PostgresWholeReader.open(postgresOptions(database));
}

/** Fills the place where a store is to be. On SQLite the lock of the folder is held meanwhile. */
export async function openWholeLoader({ dataDir, database }: StoreLocation): Promise<WholeStoreLoader> {
  return database.engine === 'sqlite'
    ? new SqliteWholeLoader(dataDir, sqliteFiles(dataDir))
    : await PostgresWholeLoader.open(postgresOptions(database), await shapeAt(LATEST_LEVEL));
}
