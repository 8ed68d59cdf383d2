import { openStore } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { PostgresServer } from '../spike/postgres-server.ts';
import type { EngineName } from '../spike/spike-database.ts';
import { TemporaryFolder } from '../temporary-folder.ts';

/** An empty, migrated store of the product, gone when the bench is. */
export interface ProductStore {
  readonly name: string;
  readonly location: StoreLocation;
  close(): Promise<void>;
}

export async function openProductStore(engine: EngineName): Promise<ProductStore> {
  const place = await openEmptyPlace(engine);
  const { database } = await openStore(place.location);
  await database.close();
  return place;
}

/** Where a store can be made. */
export async function openEmptyPlace(engine: EngineName): Promise<ProductStore> {
  const folder = new TemporaryFolder();
  const server = engine === 'postgres' ? await PostgresServer.start() : undefined;
  const location: StoreLocation = {
    dataDir: folder.path,
    database: server
      ? {
          engine: 'postgres',
          url: `postgres://bench@${encodeURIComponent(server.connection.host)}/postgres`,
          poolSize: 4,
        }
      : { engine: 'sqlite' },
  };
  return {
    name: server ? 'PostgreSQL' : 'SQLite',
    location,
    async close() {
      await server?.stop();
      folder[Symbol.dispose]();
    },
  };
}
