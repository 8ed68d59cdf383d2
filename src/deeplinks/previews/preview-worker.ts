import type { PageFetch } from './page-fetch.ts';
import type { TakenPage } from './page-preview.ts';
import type { PreviewStore } from './preview-store.ts';

export interface PreviewWorkerParts {
  readonly store: Pick<PreviewStore, 'take' | 'record'>;
  /** Must not reject. */
  readonly fetchPage: (url: string, signal: AbortSignal) => Promise<PageFetch>;
  /** Told after each try, whatever has come of it. */
  readonly onTried: (url: string) => void;
  /** Told why nothing could be taken or noted. */
  readonly onTrouble: (error: unknown) => void;
  readonly hostPauseMs?: number;
}

const AT_ONCE = 4;
/** One host is asked by one at a time, and then left alone for a moment. */
const HOST_PAUSE_MS = 500;
/** What nobody has woken us for: pages queued by others, and those to be tried again. */
const LOOK_EVERY_MS = 5_000;

/** Fetches the pages that are due, a few at a time. Every serving process has one; a page is taken by one of them. */
export class PreviewWorker {
  readonly #parts: PreviewWorkerParts;
  readonly #hostPauseMs: number;
  readonly #closing = new AbortController();
  /** Hosts that are being asked, or were a moment ago. */
  readonly #busyHosts = new Set<string>();
  readonly #fetching = new Set<Promise<void>>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  constructor(parts: PreviewWorkerParts) {
    this.#parts = parts;
    this.#hostPauseMs = parts.hostPauseMs ?? HOST_PAUSE_MS;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref();
    this.wake();
  }

  /** Looks for pages that are due; soon, and never twice at a time. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#look()
      .catch(this.#parts.onTrouble)
      .finally(() => {
        this.#looking = undefined;
        if (this.#lookAgain) {
          this.#lookAgain = false;
          this.wake();
        }
      });
  }

  /** What is being fetched is given up; its lease runs out, and it is fetched again. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const pause of this.#pauses) clearTimeout(pause);
    this.#closing.abort(new Error('closing'));
    await this.#looking;
    await Promise.all(this.#fetching);
  }

  async #look(): Promise<void> {
    const free = AT_ONCE - this.#fetching.size;
    if (free <= 0) return;
    const taken = await this.#parts.store.take(free, [...this.#busyHosts], Date.now());
    for (const page of taken) {
      this.#busyHosts.add(page.host);
      const fetching = this.#fetch(page).catch(this.#parts.onTrouble);
      this.#fetching.add(fetching);
      void fetching.finally(() => {
        this.#fetching.delete(fetching);
        this.#rest(page.host);
        this.wake();
      });
    }
    // Others of these hosts may have stood in front of pages that can be fetched now.
    if (taken.length > 0 && taken.length < free) this.#lookAgain = true;
  }

  async #fetch(page: TakenPage): Promise<void> {
    const { signal } = this.#closing;
    const fetched = await this.#parts.fetchPage(page.url, signal);
    if (signal.aborted) return;
    await this.#parts.store.record(page, fetched, Date.now());
    this.#parts.onTried(page.url);
  }

  #rest(host: string): void {
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#busyHosts.delete(host);
      this.wake();
    }, this.#hostPauseMs).unref();
    this.#pauses.add(pause);
  }
}
