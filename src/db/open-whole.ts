import { PostgresWholeLoader } from './dialects/postgres-whole-loader.ts';
import { PostgresWholeReader } from './dialects/postgres-whole-reader.ts';
import { shapeAt } from './dialects/sqlite-shape.ts';
import { SqliteWholeLoader } from './dialects/sqlite-whole-loader.ts';
import { SqliteWholeReader } from './dialects/sqlite-whole-reader.ts';
import { LATEST_LEVEL } from './known-levels.ts';
import { openingError, postgresOptions, sqliteFiles } from './open.ts';
import type { DatabaseConfig, StoreLocation } from './store-location.ts';
import type { WholeStoreLoader, WholeStoreReader } from './whole-store.ts';

/** A look at all of a store that is there, beside whoever uses it. @throws StoreError when the database lets nobody in */
export async function openWholeReader({ dataDir, database }: StoreLocation): Promise<WholeStoreReader> {
  return database.engine === 'sqlite'
    ? new SqliteWholeReader(sqliteFiles(dataDir))
    : await opened(database, PostgresWholeReader.open(postgresOptions(database)));
}

/**
 * Fills the place where a store is to be. On SQLite the lock of the folder is held meanwhile.
 *
 * @throws StoreError when the database lets nobody in, or no tables can be made there
 */
export async function openWholeLoader({ dataDir, database }: StoreLocation): Promise<WholeStoreLoader> {
  return database.engine === 'sqlite'
    ? new SqliteWholeLoader(dataDir, sqliteFiles(dataDir))
    : await opened(
        database,
        PostgresWholeLoader.open(postgresOptions(database), await shapeAt(LATEST_LEVEL)),
      );
}

async function opened<T>(database: DatabaseConfig, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw openingError(database, error);
  }
}
