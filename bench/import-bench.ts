import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { openOfflineTransfer } from '../src/app/offline-transfer.ts';
import { decideConfig } from '../src/config/config.ts';
import { openStore } from '../src/db/open.ts';
import { importFile } from '../src/transfer/import-file.ts';
import { SourceFile } from '../src/transfer/source-file.ts';
import { openProductStore, type ProductStore } from './clicks/product-store.ts';
import { count, micros, ratio } from './figures.ts';
import { codeAt, destinationOf } from './link-set.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** Of a Takeout file, those that rows of the bench have something in. */
const COLUMNS = [
  'short_link',
  'link',
  'apn',
  'ibi',
  'isi',
  'efr',
  'st',
  'sd',
  'utm_source',
  'utm_campaign',
  'name',
];
const ROWS_PER_STATEMENT = 500;
const ROWS_PER_TRANSACTION = 5_000;
const DOMAIN = 'localhost:8080';

/** How long a file of Firebase's Takeout takes into a store that nobody serves from, against plain inserts of its cells. */
export async function importBench({ rows: wanted, engines, say }: BenchOptions): Promise<string> {
  using folder = new TemporaryFolder();
  const rows = Array.from({ length: wanted }, (_, index) => cellsOf(index));
  const file = join(folder.path, 'takeout.csv');
  writeFileSync(file, [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\n`).join(''));
  const table: string[][] = [];
  for (const engine of engines) {
    const store = await openProductStore(engine);
    try {
      say(`reference on ${store.name}`);
      const referenceUs = (await timed(() => plainInserts(store, rows))) / wanted;
      say(`import on ${store.name}`);
      const cpu = process.cpuUsage();
      const ownUs = (await timed(() => take(store, file, wanted))) / wanted;
      const { user, system } = process.cpuUsage(cpu);
      table.push([
        store.name,
        ((wanted * ownUs) / 1_000_000).toFixed(1),
        count(1_000_000 / ownUs),
        micros(ownUs),
        micros((user + system) / wanted),
        micros(referenceUs),
        ratio(ownUs / referenceUs),
      ]);
    } finally {
      await store.close();
    }
  }
  const head = ['engine', 'seconds', 'rows/s', 'µs a row', 'our CPU', 'plain insert µs', 'vs plain'];
  return `## Import of ${count(wanted)} rows of Takeout, no server running

Plain inserts: the cells of the same rows as ${COLUMNS.length} text columns with one unique index, ${ROWS_PER_STATEMENT} rows a statement, ${count(ROWS_PER_TRANSACTION)} a transaction. The CPU is that of our process; PostgreSQL's own is not in it.

${markdownTable(head, table)}`;
}

function cellsOf(index: number): string[] {
  const code = codeAt(index);
  return [
    `https://acme.page.link/${code}`,
    destinationOf(code),
    ...['com.example.droid', 'com.example.ios', '123456789', index % 2 === 0 ? '1' : ''],
    ...[`Offer ${index}`, 'Until the end of the month', 'mail', `autumn-${index % 50}`, `Link ${index}`],
  ];
}

/** @returns microseconds */
async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1_000;
}

/** As `switchyard import firebase` does it. */
async function take({ location }: ProductStore, path: string, rows: number): Promise<void> {
  const store = await openStore(location);
  try {
    const target = await openOfflineTransfer(store, { ...decideConfig({}), ...location });
    const plan = { kind: 'firebase', domain: DOMAIN, group: undefined, onConflict: 'skip' } as const;
    const ignored = () => {};
    const watch = {
      begins: () => 0,
      columnsLeftOut: ignored,
      row: ignored,
      batch: ignored,
      wantsToStop: () => false,
    };
    const file = new SourceFile(path);
    const { created } = await importFile(
      file,
      { ...plan, dryRun: false, again: false, ignoreColumns: [] },
      target,
      watch,
    );
    if (created !== rows) throw new Error(`${created} of ${rows} links were made`);
  } finally {
    await store.feed.stop();
    await store.database.close();
  }
}

type Insert = (batch: readonly (readonly string[])[]) => Promise<void> | void;

async function plainInserts({ location }: ProductStore, rows: readonly (readonly string[])[]): Promise<void> {
  const reference = await openReference(location);
  try {
    for (let at = 0; at < rows.length; at += ROWS_PER_TRANSACTION)
      await reference.insert(rows.slice(at, at + ROWS_PER_TRANSACTION));
  } finally {
    await reference.close();
  }
}

const TABLE = `create table plain (${COLUMNS.map((name) => `${name} text not null`)}, unique (short_link))`;

function statementFor(rows: number, parameter: (number: number) => string): string {
  const values = Array.from({ length: rows }, (_, row) => {
    const parameters = COLUMNS.map((_, column) => parameter(row * COLUMNS.length + column + 1));
    return `(${parameters})`;
  });
  return `insert into plain (${COLUMNS}) values ${values}`;
}

async function openReference(
  location: ProductStore['location'],
): Promise<{ readonly insert: Insert; close(): Promise<void> }> {
  return location.database.engine === 'sqlite'
    ? openSqlite(location.dataDir)
    : openPostgres(location.database.url);
}

function openSqlite(folder: string): { insert: Insert; close(): Promise<void> } {
  const db = new Sqlite(join(folder, 'plain.db'));
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  db.exec(TABLE);
  const insert = db.transaction((batch: readonly (readonly string[])[]) => {
    for (const part of partsOf(batch)) db.prepare(statementFor(part.length, () => '?')).run(part.flat());
  });
  return { insert, close: async () => void db.close() };
}

async function openPostgres(url: string): Promise<{ insert: Insert; close(): Promise<void> }> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(TABLE);
  return {
    async insert(batch) {
      await client.query('begin');
      for (const part of partsOf(batch))
        await client.query(
          statementFor(part.length, (number) => `$${number}`),
          part.flat(),
        );
      await client.query('commit');
    },
    close: () => client.end(),
  };
}

function* partsOf(batch: readonly (readonly string[])[]): Generator<readonly (readonly string[])[]> {
  for (let at = 0; at < batch.length; at += ROWS_PER_STATEMENT)
    yield batch.slice(at, at + ROWS_PER_STATEMENT);
}
