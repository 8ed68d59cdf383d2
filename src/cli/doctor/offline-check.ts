import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { readClocks } from '../../app/clock-readings.ts';
import { readDeliveries } from '../../app/delivery-readings.ts';
import { within } from '../../app/within.ts';
import { DatabaseIngestStore } from '../../clicks/ingest/database-ingest-store.ts';
import { Ingest } from '../../clicks/ingest/ingest.ts';
import { ClickJournal } from '../../clicks/journal/click-journal.ts';
import { listSegments } from '../../clicks/journal/segment-directory.ts';
import type { Config } from '../../config/config.ts';
import type { BatchWriter } from '../../db/batch-writer.ts';
import { inspectStore, openBatchWriter } from '../../db/open.ts';
import { judgeClocks } from './clock-check.ts';
import { judgeDeliveries } from './delivery-check.ts';
import { counted, type Finding, lasting, messageOf } from './finding.ts';

const PATIENCE_MS = 5_000;

/** What can be found out of an installation whose server is not running. The lock of its folder is held meanwhile. */
export async function checkWithoutServer(config: Config): Promise<Finding[]> {
  const journal = await checkJournal(config);
  const database = await checkDatabase(config);
  const backlog = journal.level === 'ok' && database.level === 'ok' ? await checkBacklog(config) : [];
  return [database, journal, ...backlog];
}

/** Needs no data folder, and makes none. */
export async function checkDatabase(config: Config): Promise<Finding> {
  try {
    return { check: 'database', level: 'ok', text: await inspectStore(config) };
  } catch (error) {
    const text = `the database cannot be used: ${messageOf(error)}`;
    return { check: 'database', level: 'bad', text };
  }
}

async function checkJournal({ dataDir }: Config): Promise<Finding> {
  try {
    await ClickJournal.open({
      directory: join(dataDir, 'journal'),
      durability: 'process',
      report: () => {},
    }).close();
    return { check: 'journal', level: 'ok', text: 'clicks can be recorded' };
  } catch (error) {
    return { check: 'journal', level: 'bad', text: `clicks cannot be recorded: ${messageOf(error)}` };
  }
}

/** Without segments there never was a start, or all is done: the database then has nothing to be asked. */
async function checkBacklog(config: Config): Promise<Finding[]> {
  const directory = join(config.dataDir, 'journal');
  if ((await listSegments(directory)).length === 0)
    return [{ check: 'lag', level: 'ok', text: 'nothing waits in the journal' }];
  const writer = openBatchWriter(config);
  try {
    return [
      await judgeBacklog(writer, directory),
      ...(await checkOutbox(writer, config)),
      ...(await compareClocks(writer)),
    ];
  } catch (error) {
    const text = `what waits in the journal cannot be told: ${messageOf(error)}`;
    return [{ check: 'lag', level: 'warn', text }];
  } finally {
    await writer.close();
  }
}

async function judgeBacklog(writer: BatchWriter, directory: string): Promise<Finding> {
  const ingest = new Ingest({
    directory,
    // Nothing is ingested here, so nobody is told anything, and nobody is hashed.
    store: new DatabaseIngestStore(writer, 'http://localhost'),
    visitorSecret: createSecretKey(Buffer.alloc(32)),
    report: () => {},
    writerGone: true,
  });
  const { records, oldestAt } = await within(PATIENCE_MS, ingest.backlog());
  if (records === 0 || oldestAt === null)
    return { check: 'lag', level: 'ok', text: 'every click of the journal is in the tables' };
  const age = lasting(Math.max(0, Date.now() - oldestAt));
  const text = `${counted(records, 'click')} of the journal not yet in the tables, the oldest ${age} old; the next start brings them there`;
  return { check: 'lag', level: 'ok', text };
}

/** Tables of an older version do not have it; what is pending there, the database's finding says. */
async function checkOutbox({ config, events }: BatchWriter, { mailServer }: Config): Promise<Finding[]> {
  try {
    const asked = {
      config: (text: string) => config.all<Row>(text, []),
      events: (text: string) => events.all<Row>(text, []),
    };
    const deliveries = await within(PATIENCE_MS, readDeliveries(asked, Date.now()));
    return judgeDeliveries(deliveries, mailServer !== undefined, false);
  } catch (error) {
    const text = `what waits to be delivered cannot be told: ${messageOf(error)}`;
    return [{ check: 'deliveries', level: 'warn', text }];
  }
}

type Row = Readonly<Record<string, unknown>>;

async function compareClocks(writer: BatchWriter): Promise<Finding[]> {
  const readings = await within(
    PATIENCE_MS,
    readClocks((text) => writer.transact((tx) => tx.all(text, []))),
  );
  return judgeClocks(readings, Date.now());
}
