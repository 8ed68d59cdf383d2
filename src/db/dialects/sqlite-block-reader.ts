import Sqlite from 'better-sqlite3';
import type { BlockReader, Snapshot } from '../block-reader.ts';
import { readerOf, StatementMemory, sqliteDialect } from './sqlite.ts';

const BUSY_TIMEOUT_MS = 10_000;

/** A connection for each snapshot that is taken at the same time; readers of a WAL file wait for nobody. */
export class SqliteBlockReader implements BlockReader {
  readonly #file: string;
  readonly #idle: StatementMemory[] = [];

  /** @param file of the events */
  constructor(file: string) {
    this.#file = file;
  }

  async snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const memory =
      this.#idle.pop() ??
      new StatementMemory(new Sqlite(this.#file, { readonly: true, timeout: BUSY_TIMEOUT_MS }));
    const { db } = memory;
    try {
      db.exec('begin');
      const result = await work(snapshotOn(memory));
      db.exec('commit');
      this.#idle.push(memory);
      return result;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  isUnavailable(error: unknown): boolean {
    return sqliteDialect.isUnavailable(error);
  }

  async close(): Promise<void> {
    for (const { db } of this.#idle.splice(0)) db.close();
  }
}

function snapshotOn(memory: StatementMemory): Snapshot {
  return {
    ...readerOf(memory),
    async columns(wanted) {
      const select = memory.positional('select data from click_block_column where block_id = ? and name = ?');
      return wanted.map(({ blockId, name }) => {
        const row = select.get(blockId, name) as { data: Uint8Array } | undefined;
        return row && new Uint8Array(row.data.buffer, row.data.byteOffset, row.data.byteLength);
      });
    },
  };
}
