import { createSecretKey } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openBatchWriter } from '../../db/open.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import type { ClickReport } from '../click-report.ts';
import type { JournalPosition } from '../journal/click-journal.ts';
import { DatabaseIngestStore } from './database-ingest-store.ts';
import { Ingest, type IngestLag } from './ingest.ts';
import { IngestLoop } from './ingest-loop.ts';

/** The thread that ingests: reading, hashing and writing clicks never touch the thread that answers visits. */

export interface IngestThreadData {
  readonly location: StoreLocation;
  readonly journalDirectory: string;
  /** Hex. */
  readonly visitorSecret: string;
}

export type IngestRequest =
  | { readonly kind: 'wake' }
  | { readonly kind: 'drain'; readonly id: number; readonly position: JournalPosition }
  | { readonly kind: 'lag'; readonly id: number }
  | { readonly kind: 'stop' };

export type IngestAnswer =
  | { readonly kind: 'done'; readonly id: number; readonly lag?: IngestLag }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | {
      readonly kind: 'report';
      readonly event: Parameters<ClickReport>[0];
      readonly details: Record<string, unknown>;
    };

const { location, journalDirectory, visitorSecret } = workerData as IngestThreadData;
const port = parentPort;
if (!port) throw new Error('ingest-worker runs as a thread');

/** On Linux this is the priority of the calling thread alone: on a busy core visitors go before their statistics. */
const INGEST_NICENESS = 5;
try {
  setPriority(0, INGEST_NICENESS);
} catch {
  // Not allowed here; ingest then competes on equal terms.
}

const send = (answer: IngestAnswer) => port.postMessage(answer);

const report: ClickReport = (event, { error, ...details }) => {
  send({
    kind: 'report',
    event,
    details: error instanceof Error ? { ...details, error: error.message } : details,
  });
};

const writer = openBatchWriter(location);
const ingest = new Ingest({
  directory: journalDirectory,
  store: new DatabaseIngestStore(writer),
  visitorSecret: createSecretKey(Buffer.from(visitorSecret, 'hex')),
  report,
});
const loop = new IngestLoop(ingest, report);
loop.start();

async function answer(id: number, work: () => Promise<IngestLag | undefined>): Promise<void> {
  try {
    const lag = await work();
    send(lag ? { kind: 'done', id, lag } : { kind: 'done', id });
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
        return undefined;
      });
      break;
    case 'lag':
      await answer(request.id, () => ingest.lag());
      break;
    case 'stop':
      await loop.stop();
      await writer.close().catch(() => {});
      port.close();
  }
});
