import { createSecretKey } from 'node:crypto';
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { BackupFile } from '../src/backup/backup-file.ts';
import { checkBackup, loadBackup } from '../src/backup/restore-backup.ts';
import { writeBackup } from '../src/backup/write-backup.ts';
import { DatabaseIngestStore } from '../src/clicks/ingest/database-ingest-store.ts';
import { openGeoDatabase } from '../src/clicks/ingest/geo-database.ts';
import { Ingest } from '../src/clicks/ingest/ingest.ts';
import { openBatchWriter } from '../src/db/open.ts';
import { openWholeLoader, openWholeReader } from '../src/db/open-whole.ts';
import { GeneratedClicks } from './clicks/generated-clicks.ts';
import { journalClicks } from './clicks/journalled-clicks.ts';
import { openEmptyPlace, openProductStore, type ProductStore } from './clicks/product-store.ts';
import { count, megabytes, ratio } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const CLICKS = 1_000_000;
const ROWS_PER_FETCH = 10_000;

/** A million clicks, with their statistics, into a file and out of it again, against reading them one after another. */
export async function backupBench({ engines, say }: BenchOptions): Promise<string> {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'first.backup');
  await makeFirst(folder, file, say);
  const table: string[][] = [];
  for (const engine of engines) {
    const place = await openEmptyPlace(engine);
    try {
      const again = join(folder.path, `${engine}.backup`);
      say(`check and restore on ${place.name}`);
      const contents = { ...(await checked(file)) };
      const restoreMs = await timed(() => restore(file, contents.found, place));
      say(`backup on ${place.name}`);
      const readMs = await timed(() => readClicks(place));
      const heapBefore = process.memoryUsage().rss;
      const backupMs = await timed(() => backUp(place, again));
      table.push([
        place.name,
        seconds(backupMs),
        count((CLICKS * 1_000) / backupMs),
        seconds(readMs),
        ratio(backupMs / readMs),
        seconds(contents.ms),
        seconds(restoreMs),
        count((CLICKS * 1_000) / restoreMs),
        ratio(restoreMs / readMs),
        megabytes(Math.max(0, process.memoryUsage().rss - heapBefore)),
        megabytes(statSync(again).size),
      ]);
    } finally {
      await place.close();
    }
  }
  const head = [
    ...[
      'engine',
      'backup s',
      'clicks/s',
      'plain read s',
      'backup / read',
      'check s',
      'restore s',
      'clicks/s',
    ],
    ...['restore / read', 'grown by', 'file'],
  ];
  return `## Backup and restore of ${count(CLICKS)} clicks with their statistics

Plain read: the rows of \`click\` alone through the driver, one after another. Restore is after the check, with indexes and all.

${markdownTable(head, table)}`;
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function checked(path: string) {
  const startedAt = performance.now();
  const found = await checkBackup(new BackupFile(path));
  return { found, ms: performance.now() - startedAt };
}

async function restore(
  path: string,
  contents: Awaited<ReturnType<typeof checkBackup>>,
  { location }: ProductStore,
): Promise<void> {
  const loader = await openWholeLoader(location);
  try {
    await loadBackup(new BackupFile(path), contents, loader);
  } finally {
    await loader.close();
  }
}

async function backUp({ location }: Pick<ProductStore, 'location'>, path: string): Promise<void> {
  const reader = await openWholeReader(location);
  try {
    const lines = Readable.from(writeBackup(reader, { version: '0.0.0', at: 0 }));
    await pipeline(lines, createWriteStream(path, { flush: true }));
  } finally {
    await reader.close();
  }
}

/** The clicks as ingest leaves them, of either engine. */
async function makeFirst(folder: TemporaryFolder, file: string, say: BenchOptions['say']): Promise<void> {
  const clicks = new GeneratedClicks({ clicks: 10_000_000, endAt: Date.UTC(2026, 10, 1) });
  say(`journalling ${count(CLICKS)} clicks`);
  const directory = join(folder.path, 'journal');
  await journalClicks(directory, clicks, CLICKS);
  const store = await openProductStore('sqlite');
  const writer = openBatchWriter(store.location);
  try {
    say('ingesting them');
    const ingest = new Ingest({
      ...{ directory, report: () => {}, writerGone: true, geo: openGeoDatabase('packaged') },
      store: new DatabaseIngestStore(writer, 'http://localhost:8080'),
      visitorSecret: createSecretKey(Buffer.from('bench')),
    });
    while (!(await ingest.runOnce()).idle);
    await backUp(store, file);
  } finally {
    await writer.close();
    await store.close();
  }
}

async function readClicks({ location: { dataDir, database } }: ProductStore): Promise<void> {
  let rows = 0;
  if (database.engine === 'sqlite') {
    const db = new Sqlite(join(dataDir, 'clicks.db'), { readonly: true });
    for (const _row of db.prepare('select * from click order by id').raw().iterate()) rows++;
    db.close();
  } else {
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('begin; declare all_clicks cursor for select * from click order by id');
    for (let found = -1; found !== 0; rows += found) {
      const fetched = await client.query({
        text: `fetch ${ROWS_PER_FETCH} from all_clicks`,
        rowMode: 'array',
      });
      found = fetched.rows.length;
    }
    await client.end();
  }
  if (rows !== CLICKS) throw new Error(`${rows} of ${CLICKS} clicks were read`);
}
