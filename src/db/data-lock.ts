import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { StoreError } from './store-error.ts';

export class DataDirInUse extends StoreError {
  constructor(directory: string) {
    super(
      `Another Switchyard server is already using ${directory}. Stop it first, or give this one a DATA_DIR of its own.`,
    );
    this.name = 'DataDirInUse';
  }
}

/**
 * The right to use a data folder, held by one process at a time. It is SQLite's own file lock, which the
 * operating system takes back from a process however it ends; a pid file would lie after a kill.
 *
 * @throws DataDirInUse
 * @throws StoreError when the folder cannot be written to
 */
export class DataLock {
  readonly #db: Sqlite.Database;

  private constructor(db: Sqlite.Database) {
    this.#db = db;
  }

  static take(directory: string): DataLock {
    let db: Sqlite.Database | undefined;
    try {
      db = new Sqlite(join(directory, 'lock.db'), { timeout: 0 });
      db.pragma('journal_mode = delete');
      db.exec('begin exclusive');
      return new DataLock(db);
    } catch (error) {
      db?.close();
      if (!(error instanceof Sqlite.SqliteError)) throw error;
      if (error.code.startsWith('SQLITE_BUSY')) throw new DataDirInUse(directory);
      throw new StoreError(
        `${directory} cannot be used: ${error.message}. Look whether the user who runs this may write there, and whether there is room.`,
      );
    }
  }

  release(): void {
    this.#db.close();
  }
}
