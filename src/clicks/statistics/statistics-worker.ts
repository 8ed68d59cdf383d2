import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openBlockReader } from '../../db/open.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import { Failure, type FailureCode } from '../../errors.ts';
import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';
import { StatisticsEngine } from './statistics-engine.ts';

/** The thread that counts: a question about a year of clicks never touches the thread that answers visits. */

export interface StatisticsThreadData {
  readonly location: StoreLocation;
  readonly cacheBytes: number;
  readonly timeoutMs: number;
  /** How many questions may be under way at the same time. */
  readonly atOnce: number;
}

export type StatisticsRequest =
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly question: StatisticsQuestion;
      readonly foreignOff: Uint32Array;
    }
  /** Nobody waits for this answer any more. It is replied to all the same. */
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' };

export type StatisticsReply = { readonly id: number } & (
  | { readonly kind: 'answered'; readonly answer: StatisticsAnswer }
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly message: string }
  /** A defect. */
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined }
);

const { location, cacheBytes, timeoutMs, atOnce } = workerData as StatisticsThreadData;
const port = parentPort;
if (!port) throw new Error('statistics-worker runs as a thread');

/** On Linux this is the priority of the calling thread alone: visitors go before those who count them. */
const STATISTICS_NICENESS = 5;
try {
  setPriority(0, STATISTICS_NICENESS);
} catch {
  // Not allowed here; the thread then competes on equal terms.
}

const reader = openBlockReader(location, atOnce);
const cancels = new Map<number, AbortController>();
const engine = new StatisticsEngine({ reader, cacheBytes, timeoutMs });

async function reply(
  id: number,
  question: StatisticsQuestion,
  foreignOff: Uint32Array,
): Promise<StatisticsReply> {
  const cancel = new AbortController();
  cancels.set(id, cancel);
  try {
    return { kind: 'answered', id, answer: await engine.ask(question, foreignOff, cancel.signal) };
  } catch (error) {
    if (error instanceof Failure) return { kind: 'refused', id, code: error.code, message: error.message };
    if (reader.isUnavailable(error)) {
      return {
        kind: 'refused',
        id,
        code: 'unavailable',
        message: 'The statistics cannot be read now; try again in a moment.',
      };
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', id, message, stack };
  } finally {
    cancels.delete(id);
  }
}

port.on('message', async (request: StatisticsRequest) => {
  switch (request.kind) {
    case 'ask':
      port.postMessage(await reply(request.id, request.question, request.foreignOff));
      break;
    case 'cancel':
      cancels.get(request.id)?.abort();
      break;
    case 'stop':
      await reader.close();
      port.close();
  }
});
