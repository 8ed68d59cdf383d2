import Sqlite from 'better-sqlite3';

/** Copies a SQLite file, with all that its WAL holds, beside itself before a migration changes it. */
export async function backUpSqlite(
  file: string,
  migration: string,
  say: (message: string) => void,
): Promise<string> {
  const target = `${file}.before-${migration}`;
  const db = new Sqlite(file, { readonly: true });
  try {
    await db.backup(target);
  } finally {
    db.close();
  }
  say(`Copied ${file} to ${target} before migrating it`);
  return target;
}
