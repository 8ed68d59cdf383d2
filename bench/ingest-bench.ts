import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { ClickRecord } from '../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../src/clicks/ingest/database-ingest-store.ts';
import { openGeoDatabase } from '../src/clicks/ingest/geo-database.ts';
import { Ingest } from '../src/clicks/ingest/ingest.ts';
import { openBatchWriter } from '../src/db/open.ts';
import { GeneratedClicks } from './clicks/generated-clicks.ts';
import { journalClicks } from './clicks/journalled-clicks.ts';
import { openProductStore } from './clicks/product-store.ts';
import { count, micros, ratio } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import type { EngineName } from './spike/spike-database.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const CLICKS = 1_000_000;
const BATCH = 10_000;

/** How fast recorded clicks become rows and statistics: the last million of a year's clicks, out of a journal. */
export async function ingestBench(options: BenchOptions): Promise<string> {
  const clicks = new GeneratedClicks({ clicks: 10_000_000, endAt: Date.UTC(2026, 10, 1) });
  using folder = new TemporaryFolder();
  options.say(`journalling ${count(CLICKS)} clicks`);
  await journalClicks(folder.path, clicks, CLICKS);
  options.say('reference: plain inserts');
  const referenceUs = plainInserts(clicks);
  const rows: string[][] = [];
  for (const engine of options.engines) rows.push(await measure(engine, folder.path, referenceUs, options));
  return `## Ingest of ${count(CLICKS)} clicks

Reference: the same clicks as five plain columns with one index through better-sqlite3, ${BATCH} a transaction, ${micros(referenceUs)} µs a click. CPU is that of our process; PostgreSQL's own comes on top and is part of the wall time.

${markdownTable(['engine', 'clicks/s', 'wall µs', 'CPU µs', 'read', 'enrich', 'commit', 'merge blocks', 'bytes/click', 'wall / reference'], rows)}`;
}

function plainInserts(clicks: GeneratedClicks): number {
  using folder = new TemporaryFolder();
  const db = new Sqlite(join(folder.path, 'reference.db'));
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  db.exec(
    'create table click (id integer primary key, at integer, link integer, visitor text, agent text, referrer text)',
  );
  db.exec('create index click_link on click (link, at)');
  const insert = db.prepare('insert into click (at, link, visitor, agent, referrer) values (?, ?, ?, ?, ?)');
  const write = db.transaction((records: readonly ClickRecord[]) => {
    for (const { at, linkId, address, userAgent, referrer } of records)
      insert.run(at, linkId, address, userAgent, referrer);
  });
  const batches = 20;
  let tookMs = 0;
  for (let batch = 0; batch < batches; batch++) {
    const from = clicks.clicks - CLICKS + batch * BATCH;
    const records = clicks.records(from, from + BATCH);
    const startedAt = performance.now();
    write(records);
    tookMs += performance.now() - startedAt;
  }
  db.close();
  return (tookMs * 1_000) / (batches * BATCH);
}

async function measure(
  engine: EngineName,
  directory: string,
  referenceUs: number,
  options: BenchOptions,
): Promise<string[]> {
  const store = await openProductStore(engine);
  options.say(`ingest on ${store.name}`);
  const writer = openBatchWriter(store.location);
  const steps = { read: 0, enrich: 0, commit: 0, tidy: 0 };
  const ingest = new Ingest({
    directory,
    store: new DatabaseIngestStore(writer, 'http://localhost:8080'),
    visitorSecret: createSecretKey(Buffer.from('bench')),
    geo: openGeoDatabase('packaged'),
    report: () => {},
    writerGone: true,
    onStep: (step, durationMs) => {
      steps[step] += durationMs;
    },
  });
  try {
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    while (!(await ingest.runOnce()).idle);
    const wallUs = ((performance.now() - startedAt) * 1_000) / CLICKS;
    const { user, system } = process.cpuUsage(cpu);
    const size = await sizeBytes(engine, writer);
    const ofStep = (ms: number) => micros((ms * 1_000) / CLICKS);
    return [
      store.name,
      count(1_000_000 / wallUs),
      micros(wallUs),
      micros((user + system) / CLICKS),
      ofStep(steps.read),
      ofStep(steps.enrich),
      ofStep(steps.commit),
      ofStep(steps.tidy),
      count(size / CLICKS),
      ratio(wallUs / referenceUs),
    ];
  } finally {
    await writer.close();
    await store.close();
  }
}

async function sizeBytes(engine: EngineName, writer: ReturnType<typeof openBatchWriter>): Promise<number> {
  const text =
    engine === 'sqlite'
      ? 'select (page_count - freelist_count) * page_size as bytes from pragma_page_count, pragma_freelist_count, pragma_page_size'
      : 'select pg_database_size(current_database()) as bytes';
  const [row] = await writer.events.all<{ bytes: number }>(text, []);
  return row?.bytes ?? Number.NaN;
}
