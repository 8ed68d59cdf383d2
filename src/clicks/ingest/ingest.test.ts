import { createSecretKey } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ClickJournal } from '../journal/click-journal.ts';
import { listSegments } from '../journal/segment-directory.ts';
import { eventLog, JournalAccount, temporaryDirectory, until } from '../testing/journal-probe.ts';
import { SmallIngestStore } from '../testing/small-ingest-store.ts';
import { Ingest, type IngestOptions } from './ingest.ts';
import { IngestLoop } from './ingest-loop.ts';
import { PositionMoved } from './ingest-store.ts';

const visitorSecret = createSecretKey(Buffer.from('secret'));
let directory: string;
let store: SmallIngestStore;
let journal: ClickJournal;
let account: JournalAccount;
let log: ReturnType<typeof eventLog>;

beforeEach(() => {
  const temporary = temporaryDirectory();
  directory = temporary.path;
  store = new SmallIngestStore();
  account = new JournalAccount();
  log = eventLog();
  journal = openJournal();
  onTestFinished(async () => {
    await journal.close();
    store.close();
    temporary[Symbol.dispose]();
  });
});

function openJournal(segmentBytes = 32 * 1024 * 1024): ClickJournal {
  return ClickJournal.open({ directory, durability: 'process', report: log.report, segmentBytes });
}

function createIngest(changes: Partial<IngestOptions> = {}): Ingest {
  return new Ingest({ directory, store, visitorSecret, report: log.report, ...changes });
}

async function appendTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    account.append(journal);
    account.append(journal);
    await journal.flush();
  }
}

async function runUntilIdle(ingest: Ingest): Promise<void> {
  while (!(await ingest.runOnce()).idle);
}

async function restartJournal(): Promise<string> {
  await journal.close();
  const left = (await listSegments(directory)).at(-1);
  journal = openJournal();
  return left?.path ?? '';
}

test('clicks are carried over in bounded batches, in order, and counted', async () => {
  await appendTurns(10);
  const steps: string[] = [];
  const ingest = createIngest({ batchRecords: 3, onStep: (step) => steps.push(step) });
  expect(await ingest.lag()).toMatchObject({ segments: 1 });
  expect(await ingest.runOnce()).toEqual({ records: 4, idle: false });
  expect(steps).toEqual(['read', 'enrich', 'commit', 'tidy']);
  await runUntilIdle(ingest);
  expect(store.clickIds()).toEqual(account.journalled);
  expect(store.countedClicks()).toBe(20);
  expect(store.commits).toBe(5);
  expect(await ingest.lag()).toEqual({ bytes: 0, segments: 0 });
});

test('a fresh segment without clicks is no lag and no transaction', async () => {
  const ingest = createIngest();
  expect(await ingest.runOnce()).toEqual({ records: 0, idle: true });
  expect(await ingest.lag()).toEqual({ bytes: 0, segments: 0 });
  expect(await ingest.hasReached(journal.position())).toBe(true);
  expect(store.commits).toBe(0);
});

test('two ingesters of one directory apply nothing twice', async () => {
  await appendTurns(10);
  const one = createIngest({ batchRecords: 2 });
  const other = createIngest({ batchRecords: 6 });
  await one.runOnce();
  await other.runOnce();
  await expect(one.runOnce()).rejects.toThrow(PositionMoved);
  await runUntilIdle(one);
  await expect(other.runOnce()).rejects.toThrow(PositionMoved);
  await runUntilIdle(other);
  expect(store.clickIds()).toEqual(account.journalled);
});

test('a commit that succeeded though it failed is not repeated', async () => {
  await appendTurns(3);
  const ingest = createIngest({ batchRecords: 2 });
  store.failing = 'after';
  await expect(ingest.runOnce()).rejects.toThrow();
  store.failing = undefined;
  await runUntilIdle(ingest);
  expect(store.clickIds()).toEqual(account.journalled);
});

test('a torn tail is waited for in the active segment, skipped and reported in a sealed one', async () => {
  await appendTurns(2);
  const [active] = await listSegments(directory);
  const whole = readFileSync(active?.path as string);
  const ingest = createIngest();
  appendFileSync(active?.path as string, whole.subarray(40, 100));
  await runUntilIdle(ingest);
  expect(store.clickIds()).toEqual(account.journalled);
  expect(log.events).toEqual([]);
  await restartJournal();
  await appendTurns(1);
  await runUntilIdle(ingest);
  expect(log.events).toEqual(['ingest.bytes-skipped']);
  expect(store.clickIds()).toEqual(account.journalled);
});

test('rot in the middle or in the header of a sealed segment costs only what it touches', async () => {
  await appendTurns(3);
  const path = await restartJournal();
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3);
  bytes.writeUInt8(bytes.readUInt8(90) ^ 1, 90);
  writeFileSync(path, bytes);
  await runUntilIdle(createIngest());
  expect(store.clickIds()).toEqual(account.journalled.slice(2));
  expect(log.events).toEqual(['ingest.bytes-skipped']);
});

test.each([0, 1, 39])('a sealed segment whose header was cut at %i bytes is finished', async (size) => {
  await appendTurns(1);
  truncateSync(await restartJournal(), size);
  await runUntilIdle(createIngest());
  expect(store.positions()).toBe(1);
  expect(store.clickIds()).toEqual([]);
});

test('the last segment is finished when the writer is known to be gone', async () => {
  await appendTurns(2);
  await journal.close();
  await runUntilIdle(createIngest());
  expect(await createIngest().expire()).toBe(0);
  await runUntilIdle(createIngest({ writerGone: true }));
  expect(store.clickIds()).toEqual(account.journalled);
  expect(await createIngest({ keepMs: 0 }).expire()).toBe(1);
});

test('a segment of a later format stops ingest with a sentence, and loses nothing', async () => {
  await appendTurns(1);
  const path = await restartJournal();
  const before = readFileSync(path);
  const newer = Buffer.from(before);
  newer.writeUInt32BE(3, 8);
  newer.writeUInt32BE(crc32(newer.subarray(0, 36)), 36);
  writeFileSync(path, newer);
  const ingest = createIngest();
  await expect(ingest.runOnce()).rejects.toThrow(/has format 3/);
  writeFileSync(path, before);
  await runUntilIdle(ingest);
  expect(store.clickIds()).toEqual(account.journalled);
});

test('finished segments are removed when their time is over, then forgotten', async () => {
  await appendTurns(2);
  await restartJournal();
  await appendTurns(2);
  await runUntilIdle(createIngest());
  expect(await createIngest().expire()).toBe(0);
  expect(await createIngest({ keepMs: 0 }).expire()).toBe(1);
  expect(readdirSync(directory)).toHaveLength(1);
  expect(store.positions()).toBe(1);
  await runUntilIdle(createIngest());
  expect(store.clickIds()).toEqual(account.journalled);
});

test('a database rolled back under a running ingest is filled again', async () => {
  const ingest = createIngest();
  const empty = store.backup();
  await appendTurns(2);
  await restartJournal();
  await appendTurns(2);
  await runUntilIdle(ingest);
  store.rollBackTo(empty);
  await appendTurns(1);
  await expect(ingest.runOnce()).rejects.toThrow(PositionMoved);
  await runUntilIdle(ingest);
  expect(store.clickIds()).toEqual(account.journalled);
});

test('a rolled-back database is noticed without a restart even if only new segments were begun since', async () => {
  const ingest = createIngest();
  const empty = store.backup();
  await appendTurns(2);
  await restartJournal();
  await runUntilIdle(ingest);
  store.rollBackTo(empty);
  await appendTurns(1);
  await restartJournal();
  await runUntilIdle(ingest);
  expect(store.clickIds().sort()).toEqual(account.journalled);
});

test('frames larger than the read buffer are read', async () => {
  for (let click = 0; click < 3; click += 1) account.append(journal, { userAgent: 'x'.repeat(900_000) });
  await journal.flush();
  await appendTurns(1);
  await runUntilIdle(createIngest());
  expect(store.clickIds()).toEqual(account.journalled);
});

test('the loop drains to a position, also through a store that is away for a while', async () => {
  const loop = new IngestLoop(createIngest({ batchRecords: 2 }), log.report);
  store.failing = 'before';
  await appendTurns(5);
  loop.start();
  const drained = loop.drainTo(journal.position());
  await until(() => log.events.includes('ingest.stalled'), 'the loop stalls');
  store.failing = undefined;
  await drained;
  expect(store.clickIds()).toEqual(account.journalled);
  await appendTurns(1);
  await loop.drainTo(await journal.flush());
  expect(store.clickIds()).toEqual(account.journalled);
  await journal.close();
  await loop.drainTo(journal.position());
  await loop.stop();
  expect(log.events).toEqual(['ingest.stalled', 'ingest.resumed']);
});

test('the loop finds by itself what nobody woke it for', async () => {
  const loop = new IngestLoop(createIngest(), log.report);
  loop.start();
  await appendTurns(1);
  await until(() => store.commits > 0, 'it polls');
  await loop.stop();
  expect(store.clickIds()).toEqual(account.journalled);
});

test('stopping tells those who wait for a drain', async () => {
  const loop = new IngestLoop(createIngest(), log.report);
  store.failing = 'before';
  await appendTurns(1);
  loop.start();
  const drained = expect(loop.drainTo(journal.position())).rejects.toThrow(/stopped/);
  await until(() => log.events.length > 0, 'the loop stalls');
  await loop.stop();
  await drained;
});
