import { Worker } from 'node:worker_threads';
import type { Change } from '../../db/change.ts';
import { Failure } from '../../errors.ts';
import { threadUrl } from '../../observability/thread-url.ts';
import type { CommandName, Commands } from '../commands.ts';
import type { Reactions } from '../reactions.ts';
import type { Effect } from './channel.ts';
import type { EngineState } from './engine-state.ts';
import type { CarriedError, DeliveryAnswer, DeliveryRequest, DeliveryThreadData } from './thread-messages.ts';

export interface DeliveryThreadOptions extends DeliveryThreadData {
  /** Writes to the configuration what followed from deliveries. It may come again, and must not throw. */
  readonly onEffect: (effect: Effect) => void;
  readonly report: (event: string, details: Record<string, unknown>) => void;
  /** The thread has ended although nobody stopped it: the process should end and be started again. */
  readonly onThreadLost: (error: Error) => void;
}

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** What is edited here may let go what was held. */
const HOLDING = new Set<Change['entity']>(['project', 'group', 'webhook-endpoint']);

/** This thread's end of the delivery thread, which sends what is due and owns the tables it is in. */
export class DeliveryThread implements Reactions {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #stopping = false;

  constructor({ onEffect, report, onThreadLost, ...workerData }: DeliveryThreadOptions) {
    this.#worker = new Worker(threadUrl('./delivery-worker', import.meta.url), { workerData });
    this.#worker.on('message', (answer: DeliveryAnswer) => {
      if (answer.kind === 'effect') onEffect(answer.effect);
      else if (answer.kind === 'report') report(answer.event, answer.details);
      else this.#receive(answer);
    });
    this.#ended = new Promise((resolve) => {
      const ended = (error: Error) => {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        // 'exit' follows 'error'.
        if (!this.#stopping) onThreadLost(error);
        this.#stopping = true;
        resolve();
      };
      this.#worker.once('error', ended);
      this.#worker.once('exit', () => ended(new Error('The delivery thread has ended')));
    });
  }

  run<Name extends CommandName>(
    name: Name,
    input: Parameters<Commands[Name]>[1],
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    return this.#ask((id) => ({ kind: 'run', id, name, input }));
  }

  /** How deliveries stand, for metrics and the doctor. */
  state(): Promise<EngineState> {
    return this.#ask((id) => ({ kind: 'state', id }));
  }

  follow(changes: readonly Change[]): void {
    if (changes.some(({ entity }) => HOLDING.has(entity))) this.#send({ kind: 'settings-changed' });
  }

  /** Attempts under way are finished (each takes seconds at most), no other begun. */
  async close(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#send({ kind: 'stop' });
    }
    await this.#ended;
  }

  #ask<Output>(requestOf: (id: number) => DeliveryRequest): Promise<Output> {
    if (this.#stopping) return Promise.reject(new Failure('unavailable', 'The server is stopping.'));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve: resolve as (output: unknown) => void, reject });
      this.#send(requestOf(id));
    });
  }

  #send(request: DeliveryRequest): void {
    this.#worker.postMessage(request);
  }

  #receive(answer: Extract<DeliveryAnswer, { id: number }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'done') waiting?.resolve(answer.output);
    else waiting?.reject(errorFrom(answer.error));
  }
}

function errorFrom({ message, code, failure }: CarriedError): Error {
  return failure
    ? new Failure(failure.code, message, failure.fields)
    : Object.assign(new Error(message), { code });
}
