import type pg from 'pg';
import type { BlockReader, Snapshot, StoredColumn } from '../block-reader.ts';
import { openPostgresPool, type PostgresOptions, postgresDialect, readerOf } from './postgres.ts';
import { copyOut } from './postgres-copy.ts';

export class PostgresBlockReader implements BlockReader {
  readonly #pool: pg.Pool;

  constructor(options: PostgresOptions) {
    this.#pool = openPostgresPool(options);
  }

  async snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin transaction isolation level repeatable read read only');
      const result = await work({ ...readerOf(client), columns: (wanted) => columnsOn(client, wanted) });
      await client.query('commit');
      return result;
    } catch (error) {
      // It may be in the midst of anything; another is made soon enough.
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  isUnavailable(error: unknown): boolean {
    return postgresDialect.isUnavailable(error);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

async function columnsOn(
  client: pg.PoolClient,
  wanted: readonly StoredColumn[],
): Promise<(Uint8Array | undefined)[]> {
  const found = new Array<Uint8Array | undefined>(wanted.length).fill(undefined);
  if (wanted.length === 0) return found;
  await copyOut(
    client,
    `select asked.n::integer, data from (values ${wanted.map(askedRow).join(', ')}) as asked (n, block_id, name)
       join click_block_column on click_block_column.block_id = asked.block_id and click_block_column.name = asked.name`,
    ([n, data]) => {
      if (n && data) found[new DataView(n.buffer, n.byteOffset).getInt32(0)] = data;
    },
  );
  return found;
}

/** COPY takes no parameters. */
function askedRow({ blockId, name }: StoredColumn, index: number): string {
  if (!Number.isSafeInteger(blockId) || !/^[a-z]+$/i.test(name))
    throw new TypeError(`"${name}" of ${blockId} is no column`);
  return `(${index}, ${blockId}::bigint, '${name}')`;
}
