import { Worker } from 'node:worker_threads';
import { Failure } from '../../errors.ts';
import { threadUrl } from '../../observability/thread-url.ts';
import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { StatisticsReply, StatisticsRequest, StatisticsThreadData } from './statistics-worker.ts';

interface Waiting {
  resolve(answer: StatisticsAnswer): void;
  reject(error: Error): void;
}

const CLOSE_PATIENCE_MS = 2_000;
/** The thread minds the time itself; this is for one that is stuck. */
const OVERTIME_MS = 5_000;

/**
 * The thread that counts, seen from the serving one. It is started by the first question, and by the next one after it
 * has died: whoever cannot be told figures can still be redirected.
 */
export class StatisticsThread {
  readonly #data: StatisticsThreadData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #stopped = false;

  constructor(data: StatisticsThreadData) {
    this.#data = data;
  }

  /**
   * An abandoned question ends when the thread has let go of it, so that no more are under way there than are here.
   *
   * @throws Failure `unavailable`, `abandoned` when the signal fires
   */
  async ask(
    question: StatisticsQuestion,
    foreignOff: Uint32Array,
    signal?: AbortSignal,
  ): Promise<StatisticsAnswer> {
    if (this.#stopped) throw new Failure('unavailable', 'The server is stopping.');
    if (signal?.aborted) throw new Failure('abandoned', 'Nobody waits for the answer any more.');
    const worker = this.#worker ?? this.#start();
    const id = ++this.#lastId;
    const cancel = () => worker.postMessage({ kind: 'cancel', id } satisfies StatisticsRequest);
    signal?.addEventListener('abort', cancel);
    const stuck = setTimeout(() => void worker.terminate(), this.#data.timeoutMs + OVERTIME_MS);
    try {
      return await new Promise<StatisticsAnswer>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        worker.postMessage({ kind: 'ask', id, question, foreignOff } satisfies StatisticsRequest);
      });
    } finally {
      clearTimeout(stuck);
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  }

  /** Whoever still waits is told that the server is stopping. */
  stop(): void {
    this.#stopped = true;
    for (const id of this.#waiting.keys())
      this.#worker?.postMessage({ kind: 'cancel', id } satisfies StatisticsRequest);
    this.#disappoint('The server is stopping.');
  }

  async close(): Promise<void> {
    this.stop();
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ kind: 'stop' } satisfies StatisticsRequest);
    const forced = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE_MS);
    await ended;
    clearTimeout(forced);
  }

  #start(): Worker {
    const worker = new Worker(threadUrl('./statistics-worker', import.meta.url), { workerData: this.#data });
    this.#worker = worker;
    worker.on('message', (reply: StatisticsReply) => this.#receive(reply));
    // 'exit' follows; without a listener an error of the thread would end the process.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#disappoint('The statistics were interrupted; try again in a moment.');
    });
    return worker;
  }

  #disappoint(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Failure('unavailable', message));
    this.#waiting.clear();
  }

  #receive(reply: StatisticsReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    switch (reply.kind) {
      case 'answered':
        waiting.resolve(reply.answer);
        break;
      case 'refused':
        waiting.reject(new Failure(reply.code, reply.message));
        break;
      case 'failed': {
        const error = new Error(reply.message);
        if (reply.stack) error.stack = reply.stack;
        waiting.reject(error);
      }
    }
  }
}
