import { Failure } from '../../errors.ts';

/**
 * Lets so many pieces of work run at once and the others wait, those of different owners taking turns: who asks a
 * hundred things delays himself.
 */
export class FairQueue {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  /** By owner, the one whose turn it is first; nobody with nothing to do. */
  readonly #waiting = new Map<number, (() => void)[]>();
  #running = 0;
  #waitingInAll = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  get waiting(): number {
    return this.#waitingInAll;
  }

  /** @throws Failure `unavailable` when too many wait already */
  async run<T>(owner: number, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waitingInAll >= this.#mostWaiting) {
        throw new Failure(
          'unavailable',
          'Too many questions are waiting to be counted; try again in a moment.',
        );
      }
      await this.#turn(owner);
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #turn(owner: number): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(owner) ?? [];
      this.#waiting.set(owner, queue);
      queue.push(resolve);
      this.#waitingInAll += 1;
    });
  }

  /** Whoever is next runs in the place of the one that has finished. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    const [owner, queue] = next;
    this.#waiting.delete(owner);
    const start = queue.shift();
    if (queue.length > 0) this.#waiting.set(owner, queue);
    this.#waitingInAll -= 1;
    start?.();
  }
}
