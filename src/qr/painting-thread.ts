import { Worker } from 'node:worker_threads';
import { Failure, type FieldProblem } from '../errors.ts';
import { threadUrl } from '../observability/thread-url.ts';
import type { PreparedLogo } from './logo-picture.ts';
import type { PaintingReply, PaintingRequest, QrOrder } from './painting-worker.ts';

interface Waiting {
  resolve(reply: PaintingReply): void;
  reject(error: Error): void;
}

/** A hundred times as long as the largest picture takes on a slow machine: who takes longer is stuck. */
const PATIENCE_MS = 20_000;
/**
 * Pixels lie outside of it and live no longer than their picture: with a small heap they are let go early, which halves
 * what the thread takes. A picture that wanted more would end the thread and not the process.
 */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/**
 * The thread that draws, seen from the serving one. It is started by the first picture, and by the next one after it
 * has died: whoever cannot be shown a code can still be redirected.
 */
export class PaintingThread {
  readonly #onLost: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #stopped = false;

  /** @param onLost told when the thread has died; nothing has to be done */
  constructor(onLost: (error: Error) => void = () => {}) {
    this.#onLost = onLost;
  }

  /**
   * @returns a picture of its own memory, or what is in the way of a code that can be scanned
   * @throws Failure `unavailable`
   */
  async paint(order: QrOrder): Promise<Buffer | FieldProblem> {
    const reply = await this.#ask((id) => ({ kind: 'paint', id, order }));
    if (reply.kind !== 'painted') throw errorFrom(reply);
    return reply.picture instanceof Uint8Array ? asBuffer(reply.picture) : reply.picture;
  }

  /**
   * `prepareLogo`, over there.
   *
   * @throws Failure `invalid`, `unavailable`
   */
  async prepareLogo(bytes: Buffer): Promise<PreparedLogo> {
    const reply = await this.#ask((id) => ({ kind: 'prepare', id, picture: bytes }));
    if (reply.kind !== 'prepared') throw errorFrom(reply);
    return { ...reply.logo, png: asBuffer(reply.logo.png) };
  }

  /** Whoever still waits is told that the server is stopping. */
  async close(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#disappoint('The server is stopping.');
    await worker?.terminate();
  }

  async #ask(requestOf: (id: number) => PaintingRequest): Promise<PaintingReply> {
    if (this.#stopped) throw new Failure('unavailable', 'The server is stopping.');
    const worker = this.#worker ?? this.#start();
    const id = ++this.#lastId;
    const stuck = setTimeout(() => void worker.terminate(), PATIENCE_MS);
    try {
      return await new Promise<PaintingReply>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        worker.postMessage(requestOf(id));
      });
    } finally {
      clearTimeout(stuck);
      this.#waiting.delete(id);
    }
  }

  #start(): Worker {
    const worker = new Worker(threadUrl('./painting-worker', import.meta.url), { resourceLimits: HEAP });
    this.#worker = worker;
    worker.on('message', (reply: PaintingReply) => this.#waiting.get(reply.id)?.resolve(reply));
    let reason = new Error('The painting thread was ended');
    // 'exit' follows; without a listener an error of the thread would end the process.
    worker.on('error', (error: Error) => {
      reason = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#disappoint('Drawing was interrupted; try again in a moment.');
      this.#onLost(reason);
    });
    return worker;
  }

  #disappoint(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Failure('unavailable', message));
    this.#waiting.clear();
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function errorFrom(reply: PaintingReply): Error {
  if (reply.kind === 'refused') return new Failure(reply.code, reply.message, reply.fields);
  if (reply.kind !== 'failed') return new Error(`The painting thread answered ${reply.kind}.`);
  const error = new Error(reply.message);
  if (reply.stack) error.stack = reply.stack;
  return error;
}
