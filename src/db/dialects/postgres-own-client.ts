import type pg from 'pg';
import { openPostgresPool, type PostgresOptions } from './postgres.ts';

/** A connection for one long piece of work, and the pool that knows how it is made. */
export interface OwnClient {
  readonly pool: pg.Pool;
  readonly client: pg.PoolClient;
}

/** @param prepare what is to be done on it first; where that fails, nothing stays open */
export async function openOwnClient<T>(
  options: PostgresOptions,
  prepare: (own: OwnClient) => Promise<T>,
): Promise<T> {
  const pool = openPostgresPool({ ...options, poolSize: 1, queryTimeoutMs: 0 });
  try {
    const client = await pool.connect();
    try {
      return await prepare({ pool, client });
    } catch (error) {
      client.release(true);
      throw error;
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
}

export async function closeOwnClient({ pool, client }: OwnClient): Promise<void> {
  client.release(true);
  await pool.end();
}
