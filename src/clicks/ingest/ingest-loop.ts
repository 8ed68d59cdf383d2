import type { ClickReport } from '../click-report.ts';
import type { JournalPosition } from '../journal/click-journal.ts';
import type { Ingest } from './ingest.ts';

const POLL_MS = 200;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
const EXPIRE_EVERY_MS = 60_000;

/** Work for once a minute, in pieces between batches. @returns whether there is another piece to do at once */
export type Upkeep = (now: number) => Promise<boolean>;

interface Drain {
  readonly position: JournalPosition;
  resolve(): void;
  reject(error: Error): void;
}

/** Runs an Ingest for as long as the process lives: batch after batch, then until woken, patiently when it fails. */
export class IngestLoop {
  readonly #ingest: Ingest;
  readonly #report: ClickReport;
  readonly #upkeep: Upkeep;
  readonly #prepare: () => Promise<void>;
  #drains: Drain[] = [];
  #running: Promise<void> | undefined;
  #stopping = false;
  #woken = false;
  #interrupt: () => void = () => undefined;
  #backoffMs = 0;
  #expireAt = 0;
  #upkeepAt = 0;

  /** @param prepare what has to be done before anything is ingested; tried again until it succeeds */
  constructor(
    ingest: Ingest,
    report: ClickReport,
    upkeep: Upkeep = async () => false,
    prepare: () => Promise<void> = async () => {},
  ) {
    this.#ingest = ingest;
    this.#report = report;
    this.#upkeep = upkeep;
    this.#prepare = prepare;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something was written: no need to wait for the next poll. Cheap, call it as often as you like. */
  wake(): void {
    this.#woken = true;
    if (this.#backoffMs === 0) this.#interrupt();
  }

  /** Resolves when the store has everything up to the position; rejects when stopped before. Needs a started loop. */
  drainTo(position: JournalPosition): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#drains.push({ position, resolve, reject });
      this.wake();
    });
  }

  /** The batch under way is finished, no other begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#interrupt();
    await this.#running;
    for (const drain of this.#drains.splice(0))
      drain.reject(new Error('Ingest was stopped before it had drained'));
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      try {
        await this.#prepare();
        const { idle } = await this.#ingest.runOnce();
        await this.#settleDrains();
        this.#succeeded();
        await this.#expireWhenDue();
        const busy = await this.#upkeepWhenDue();
        if (idle && !busy && !this.#woken) await this.#pause(POLL_MS);
      } catch (error) {
        await this.#failed(error as Error);
      }
    }
  }

  async #settleDrains(): Promise<void> {
    for (const drain of [...this.#drains]) {
      if (!(await this.#ingest.hasReached(drain.position))) continue;
      this.#drains.splice(this.#drains.indexOf(drain), 1);
      drain.resolve();
    }
  }

  /** Also when there is no end of work: addresses are in those segments. */
  async #expireWhenDue(): Promise<void> {
    if (performance.now() < this.#expireAt) return;
    await this.#ingest.expire();
    this.#expireAt = performance.now() + EXPIRE_EVERY_MS;
  }

  async #upkeepWhenDue(): Promise<boolean> {
    if (performance.now() < this.#upkeepAt) return false;
    const more = await this.#upkeep(Date.now());
    if (!more) this.#upkeepAt = performance.now() + EXPIRE_EVERY_MS;
    return more;
  }

  #succeeded(): void {
    if (this.#backoffMs === 0) return;
    this.#backoffMs = 0;
    this.#report('ingest.resumed', {});
  }

  /** Nothing is skipped: the same batch is tried until it succeeds. */
  async #failed(error: Error): Promise<void> {
    if (this.#backoffMs === 0) this.#report('ingest.stalled', { error });
    this.#backoffMs = Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2 || FIRST_BACKOFF_MS);
    await this.#pause(this.#backoffMs);
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
