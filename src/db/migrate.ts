import type { Kysely } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import { StoreError } from './store-error.ts';

/** Applies what is missing, in order, in one transaction; two processes at once take turns. */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  tableName = 'migration',
): Promise<void> {
  await applied(migrator(db, migrations, tableName).migrateToLatest());
}

/** Applies those up to the one named, to a database that has had none of them. */
export async function migrateTo<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  last: string,
  tableName = 'migration',
): Promise<void> {
  await applied(migrator(db, migrations, tableName).migrateTo(last));
}

async function applied(migration: Promise<MigrationResultSet>): Promise<void> {
  const { error } = await migration;
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new StoreError(
      `The database belongs to another, probably newer, version of Switchyard (${error.message}). Start that version, or restore the copy made before it migrated.`,
    );
  }
  if (error) throw error;
}

/** Names of the migrations that `migrate` would apply. */
export async function pendingMigrations<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  tableName = 'migration',
): Promise<string[]> {
  const all = await migrator(db, migrations, tableName).getMigrations();
  return all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

function migrator<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  tableName: string,
): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: tableName,
    migrationLockTableName: `${tableName}_lock`,
  });
}
