import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Refuses a transaction that is opened inside another of the same database. With one connection it would wait for
 * itself without end; with several it would not see what the outer one has written, nor be undone with it.
 *
 * It knows by the asynchronous context, not by a counter: two callers may each have one open at the same time. What was
 * only started inside, and goes on after the end, is outside again. One `run` costs less than a microsecond.
 */
export class TransactionGuard {
  readonly #open = new AsyncLocalStorage<{ ended: boolean }>();

  /** @throws Error at once, a defect of the caller */
  async run<T>(transaction: () => Promise<T>): Promise<T> {
    if (this.#open.getStore()?.ended === false) {
      throw new Error(
        'A transaction was opened inside another one, which would wait for itself. Hand the open one on instead.',
      );
    }
    const mine = { ended: false };
    try {
      return await this.#open.run(mine, transaction);
    } finally {
      mine.ended = true;
    }
  }
}
