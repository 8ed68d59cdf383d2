import { createSecretKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { openBatchWriter } from '../../db/open.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import {
  type ClaimOutcome,
  claimDeferred,
  type DeferredClaim,
} from '../../deeplinks/deferred/deferred-claim.ts';
import { forgetDeferred } from '../../deeplinks/deferred/deferred-upkeep.ts';
import { DurationHistogram, type Durations, SLOW_BOUNDS_MS } from '../../observability/duration-histogram.ts';
import { yieldToVisitors } from '../../observability/thread-priority.ts';
import type { ClickReport } from '../click-report.ts';
import type { JournalPosition } from '../journal/click-journal.ts';
import { makeFirstStatistics } from '../upkeep/first-statistics.ts';
import { type RebuildProgress, type RebuildReport, rebuildStatistics } from '../upkeep/rebuild.ts';
import { Retention } from '../upkeep/retention.ts';
import { DatabaseIngestStore } from './database-ingest-store.ts';
import { Dictionary } from './dictionary.ts';
import { type GeoDatabaseInfo, type GeoDatabaseSetting, openGeoDatabase } from './geo-database.ts';
import { Ingest, type IngestBacklog, type IngestLag } from './ingest.ts';
import { IngestLoop } from './ingest-loop.ts';

/** The thread that ingests: reading, hashing and writing clicks never touch the thread that answers visits. */

export interface IngestThreadData {
  readonly location: StoreLocation;
  readonly journalDirectory: string;
  /** Hex. */
  readonly visitorSecret: string;
  /** Hex. */
  readonly deferredSecret: string;
  readonly geoDatabase: GeoDatabaseSetting;
  /** How long raw clicks are kept; null: for ever. */
  readonly rawClickDays: number | null;
  /** Origin of the installation. */
  readonly publicUrl: string;
}

export type IngestRequest =
  | { readonly kind: 'wake' }
  | { readonly kind: 'drain'; readonly id: number; readonly position: JournalPosition }
  | { readonly kind: 'lag'; readonly id: number }
  | { readonly kind: 'state'; readonly id: number }
  | { readonly kind: 'rebuild'; readonly id: number; readonly dryRun: boolean }
  | { readonly kind: 'claim'; readonly id: number; readonly claim: DeferredClaim }
  | { readonly kind: 'stop' };

/** What only this thread knows. */
export interface IngestState {
  readonly backlog: IngestBacklog;
  /** Records that came into the tables since the start. */
  readonly ingested: number;
  /** How long a batch took, by step. */
  readonly steps: Readonly<Record<string, Durations>>;
  /** Null when clicks get no country. */
  readonly geo: GeoDatabaseInfo | null;
}

/** What is answered to a request that asks for nothing, for the lag, for the whole state. */
export interface IngestAnswered {
  readonly lag?: IngestLag;
  readonly state?: IngestState;
  readonly rebuilt?: RebuildReport;
  readonly claimed?: ClaimOutcome;
}

export type IngestAnswer =
  | { readonly kind: 'done'; readonly id: number; readonly answered: IngestAnswered }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: RebuildProgress }
  | {
      readonly kind: 'report';
      readonly event: Parameters<ClickReport>[0];
      readonly details: Record<string, unknown>;
    };

const { location, journalDirectory, visitorSecret, deferredSecret, geoDatabase, rawClickDays, publicUrl } =
  workerData as IngestThreadData;
const port = parentPort;
if (!port) throw new Error('ingest-worker runs as a thread');

yieldToVisitors();

const send = (answer: IngestAnswer) => port.postMessage(answer);

const report: ClickReport = (event, { error, ...details }) => {
  send({
    kind: 'report',
    event,
    details: error instanceof Error ? { ...details, error: error.message } : details,
  });
};

const writer = openBatchWriter(location);
const geo = openGeoDatabase(geoDatabase);
const steps: Record<string, DurationHistogram> = {};
const ingest = new Ingest({
  directory: journalDirectory,
  store: new DatabaseIngestStore(
    writer,
    publicUrl,
    new Dictionary(),
    createSecretKey(Buffer.from(deferredSecret, 'hex')),
  ),
  visitorSecret: createSecretKey(Buffer.from(visitorSecret, 'hex')),
  geo,
  report,
  onStep(step, durationMs) {
    steps[step] ??= new DurationHistogram(SLOW_BOUNDS_MS);
    steps[step].note(durationMs);
  },
});
const retention = rawClickDays === null ? undefined : new Retention(writer, rawClickDays);
let firstStatisticsMade = false;
const loop = new IngestLoop(
  ingest,
  report,
  async (now) => {
    const moreToForget = await forgetDeferred(writer, now);
    return ((await retention?.runOnce(now)) ?? false) || moreToForget;
  },
  async () => {
    if (!firstStatisticsMade && (await makeFirstStatistics(writer))) report('ingest.first-statistics', {});
    firstStatisticsMade = true;
  },
);
loop.start();

async function describeState(): Promise<IngestState> {
  const durations = Object.entries(steps).map(([step, histogram]) => [step, histogram.read()] as const);
  return {
    backlog: await ingest.backlog(),
    ingested: ingest.ingested,
    steps: Object.fromEntries(durations),
    geo: geo?.info ?? null,
  };
}

function rebuild(id: number, dryRun: boolean): Promise<RebuildReport> {
  return rebuildStatistics(writer, {
    dryRun,
    onProgress: (progress) => send({ kind: 'progress', id, progress }),
  });
}

async function answer(id: number, work: () => Promise<IngestAnswered>): Promise<void> {
  try {
    send({ kind: 'done', id, answered: await work() });
  } catch (error) {
    send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

port.on('message', async (request: IngestRequest) => {
  switch (request.kind) {
    case 'wake':
      loop.wake();
      break;
    case 'drain':
      await answer(request.id, async () => {
        await loop.drainTo(request.position);
        return {};
      });
      break;
    case 'lag':
      await answer(request.id, async () => ({ lag: await ingest.lag() }));
      break;
    case 'state':
      await answer(request.id, async () => ({ state: await describeState() }));
      break;
    case 'rebuild':
      await answer(request.id, async () => ({ rebuilt: await rebuild(request.id, request.dryRun) }));
      break;
    case 'claim':
      await answer(request.id, async () => ({ claimed: await claimDeferred(writer, request.claim) }));
      break;
    case 'stop':
      await loop.stop();
      await writer.close().catch(() => {});
      port.close();
  }
});
