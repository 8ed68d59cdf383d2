import type { Fanout } from './fanout.ts';

/** How late a scheduled message may begin. */
const POLL_MS = 1_000;
const RETRY_MS = 5_000;

/** Keeps a fan-out going in the delivery thread, one piece after another, and lets everything else in between. */
export class FanoutLoop {
  readonly #fanout: Fanout;
  readonly #onTrouble: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  /** @param onTrouble told when the store could not be asked; it is tried again */
  constructor(fanout: Fanout, onTrouble: (error: unknown) => void) {
    this.#fanout = fanout;
    this.#onTrouble = onTrouble;
    this.wake();
  }

  /** Something may be due: a command has run. */
  wake(): void {
    this.#again = true;
    if (this.#stopped || this.#running) return;
    clearTimeout(this.#timer);
    this.#running = this.#run().then((waitMs) => {
      this.#running = undefined;
      if (this.#again) this.wake();
      else if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), waitMs);
    });
  }

  /** Resolves when the piece that is being written is written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** @returns how long until the next look, milliseconds; never rejects */
  async #run(): Promise<number> {
    this.#again = false;
    try {
      while (!this.#stopped && (await this.#fanout.runOnce(Date.now()))) await turn();
      return POLL_MS;
    } catch (error) {
      this.#onTrouble(error);
      return RETRY_MS;
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
