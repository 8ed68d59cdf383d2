import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../../src/db/dialect.ts';
import { kyselyOver, openPostgresPool, postgresDialect } from '../../src/db/dialects/postgres.ts';
import { openSqliteThread, sqliteDialect } from '../../src/db/dialects/sqlite.ts';
import { migrate } from '../../src/db/migrate.ts';
import { configMigrations } from '../../src/db/migrations/config-migrations.ts';
import { eventMigrations } from '../../src/db/migrations/event-migrations.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

/** The tables of an older version have no types any more: they are spoken to in SQL. */
export interface OlderStore {
  readonly config: Kysely<unknown>;
  readonly events: Kysely<unknown>;
}

/**
 * Makes the store that a version whose last migrations had this number would have left, and fills it.
 *
 * @param last `0002`
 */
export async function makeOlderStore(
  location: StoreLocation,
  last: string,
  fill: (store: OlderStore) => Promise<void> = async () => {},
): Promise<void> {
  const upTo = (migrations: Record<string, Migration>) =>
    Object.fromEntries(Object.entries(migrations).filter(([name]) => name.slice(0, last.length) <= last));
  const { config, events, dialect } = connect(location);
  const shared = config === events;
  try {
    await migrate(config, upTo(configMigrations(dialect)), shared ? 'config_migration' : 'migration');
    await migrate(events, upTo(eventMigrations(dialect)), shared ? 'event_migration' : 'migration');
    await fill({ config, events });
  } finally {
    await config.destroy();
    if (!shared) await events.destroy();
  }
}

function connect({ dataDir, database }: StoreLocation): OlderStore & { readonly dialect: Dialect } {
  if (database.engine === 'sqlite') {
    const open = (name: string) =>
      openSqliteThread<unknown>({ file: join(dataDir, name), readonly: false, synchronous: 'full' });
    return { config: open('switchyard.db'), events: open('clicks.db'), dialect: sqliteDialect };
  }
  const pool = openPostgresPool({
    url: database.url,
    poolSize: 2,
    connectTimeoutMs: 2_000,
    queryTimeoutMs: 10_000,
  });
  const db = kyselyOver<unknown>(pool);
  return { config: db, events: db, dialect: postgresDialect };
}
