import { readFileSync } from 'node:fs';
import pg from 'pg';
import { PostgresServer } from './postgres-server.ts';
import type { SpikeDatabase, SpikeEngine, SpikeInsert } from './spike-database.ts';

/** A schema a candidate. */
export async function startPostgres(): Promise<SpikeEngine> {
  const server = await PostgresServer.start();
  let backend = 0;
  return {
    name: 'PostgreSQL',
    blobType: 'bytea',
    clustered: '',
    // Blocks do not become smaller by compression worth its time, and whole chunks are read faster than compressed.
    storedAsIs: (table, column) => `alter table ${table} alter column ${column} set storage external`,
    open: async (candidate) => {
      const db = await PostgresSpike.open(server, candidate);
      const [found] = await db.all<{ pid: number }>('select pg_backend_pid() as pid');
      backend = found?.pid ?? 0;
      return db;
    },
    serverCpuUs: () => cpuUsOf(backend),
    stop: () => server.stop(),
  };
}

/** The kernel's own count, in nanoseconds: ticks are too coarse for a question. */
function cpuUsOf(pid: number): number {
  const [ran = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(ran) / 1_000;
}

const BYTEA = 17;
const INT8 = 20;

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') => {
    if (oid === BYTEA && format === 'binary') return (bytes: Buffer) => bytes;
    if (oid === INT8) {
      return format === 'binary' ? (bytes: Buffer) => Number(bytes.readBigInt64BE()) : Number;
    }
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

class PostgresSpike implements SpikeDatabase {
  readonly #client: pg.Client;
  readonly #schema: string;

  private constructor(client: pg.Client, schema: string) {
    this.#client = client;
    this.#schema = schema;
  }

  static async open(server: PostgresServer, candidate: string): Promise<PostgresSpike> {
    const client = new pg.Client({ ...server.connection, types });
    await client.connect();
    const schema = `spike_${candidate.replaceAll('-', '_')}`;
    await client.query(`create schema ${schema}; set search_path to ${schema}`);
    return new PostgresSpike(client, schema);
  }

  async exec(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  async all<Row>(sql: string, parameters: readonly number[] = []): Promise<Row[]> {
    const query = { text: sql, values: [...parameters], binary: true };
    const { rows } = await this.#client.query(query);
    return rows as Row[];
  }

  /** One statement, so one transaction. */
  async insert({ table, columns, rows, onConflict = '' }: SpikeInsert): Promise<void> {
    const names = Object.keys(columns);
    const arrays = names.map((name, index) => `$${index + 1}::${columns[name]}[]`);
    await this.#client.query(
      `insert into ${table} (${names}) select * from unnest(${arrays}) ${onConflict}`,
      names.map((_, index) => rows.map((row) => row[index])),
    );
  }

  async settle(): Promise<void> {
    const tables = await this.all<{ name: string }>(
      `select tablename::text as name from pg_tables where schemaname = '${this.#schema}'`,
    );
    for (const { name } of tables) await this.#client.query(`vacuum (analyze) ${name}`);
    await this.#client.query('checkpoint');
  }

  async sizeBytes(): Promise<number> {
    const [size] = await this.all<{ bytes: number }>(
      `select sum(pg_total_relation_size(c.oid))::bigint as bytes from pg_class c
       join pg_namespace n on n.oid = c.relnamespace where n.nspname = '${this.#schema}' and c.relkind = 'r'`,
    );
    return size?.bytes ?? 0;
  }

  async close(): Promise<void> {
    await this.#client.query(`drop schema ${this.#schema} cascade`);
    await this.#client.end();
  }
}
