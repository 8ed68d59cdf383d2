import type pg from 'pg';
import { readStatement, rowsPerPage } from '../read-statement.ts';
import type { Cell, StoreLevel } from '../table-shape.ts';
import type { TableReading, WholeStoreReader } from '../whole-store.ts';
import type { PostgresOptions } from './postgres.ts';
import { closeOwnClient, type OwnClient, openOwnClient } from './postgres-own-client.ts';

/** However long it takes: the server's own limits are lifted, too. */
const BEGIN = `begin transaction isolation level repeatable read read only;
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

const OTHERS = `select count(*) as others from pg_stat_activity
  where datname = current_database() and application_name like 'switchyard%' and pid <> pg_backend_pid()`;

/** One snapshot of the whole database, on one connection. */
export class PostgresWholeReader implements WholeStoreReader {
  readonly level: StoreLevel;
  readonly #own: OwnClient;
  readonly #client: pg.PoolClient;

  private constructor(own: OwnClient, level: StoreLevel) {
    this.#own = own;
    this.#client = own.client;
    this.level = level;
  }

  static async open(options: PostgresOptions): Promise<PostgresWholeReader> {
    return await openOwnClient(options, async (own) => {
      await own.client.query(BEGIN);
      const { rows } = await own.client.query<{ config: string | null; events: string | null }>(
        'select (select max(name) from config_migration) as config, (select max(name) from event_migration) as events',
      );
      const [level] = rows;
      return new PostgresWholeReader(own, { config: level?.config ?? '', events: level?.events ?? '' });
    });
  }

  async lastId(table: string): Promise<number> {
    return await lastIdOf(this.#client, table);
  }

  async *pages(reading: TableReading): AsyncGenerator<Cell[][]> {
    await this.#client.query(`declare whole no scroll cursor for ${readStatement(reading, 'collate "C"')}`);
    const text = `fetch forward ${rowsPerPage(reading)} from whole`;
    for (;;) {
      const { rows } = await this.#client.query<Cell[]>({ text, rowMode: 'array' });
      if (rows.length === 0) break;
      yield rows;
    }
    await this.#client.query('close whole');
  }

  async othersConnected(): Promise<number> {
    return await othersOn(this.#client);
  }

  async close(): Promise<void> {
    await closeOwnClient(this.#own);
  }
}

/** Connections of other Switchyards; those of other users are not shown to everybody. */
export async function othersOn(client: pg.ClientBase): Promise<number> {
  // A transaction remembers what it was told first.
  await client.query('select pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ others: number }>(OTHERS);
  return rows[0]?.others ?? 0;
}

/** Sequences do not go back with a transaction, so this is at least what the snapshot's rows have. */
async function lastIdOf(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    `select greatest(pg_sequence_last_value(pg_get_serial_sequence('"${table}"', 'id')::regclass),
       (select max(id) from "${table}"), 0) as last`,
  );
  return rows[0]?.last ?? 0;
}
