import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StoreError } from './store-error.ts';

/** Applies what is missing, in order, in one transaction; two processes at once take turns. */
export async function migrate<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  tableName = 'migration',
): Promise<void> {
  const { error } = await migrator(db, migrations, tableName).migrateToLatest();
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
