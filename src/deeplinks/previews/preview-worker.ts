import type { PageFetch } from './page-fetch.ts';
import type { TakenPage } from './page-preview.ts';
import type { PreviewStore } from './preview-store.ts';

export interface PreviewWorkerParts {
  readonly store: Pick<PreviewStore, 'take' | 'takeHurried' | 'record'>;
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
/** Besides: pages that somebody waits for stand behind none that nobody does, and make no pauses. */
const HURRIED_AT_ONCE = 12;
const HURRIED_OF_HOST = 3;
/** What nobody has woken us for: pages queued by others, and those to be tried again. */
const LOOK_EVERY_MS = 5_000;

/** Fetches the pages that are due, a few at a time. Every serving process has one; a page is taken by one of them. */
export class PreviewWorker {
  readonly #parts: PreviewWorkerParts;
  readonly #hostPauseMs: number;
  readonly #closing = new AbortController();
  /** How often hosts are being asked, or were a moment ago. */
  readonly #busyHosts = new Map<string, number>();
  /** How often they are being asked while somebody waits. */
  readonly #hurriedHosts = new Map<string, number>();
  readonly #fetching = new Set<Promise<void>>();
  #hurried = 0;
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
    const { store } = this.#parts;
    const hurriedFree = HURRIED_AT_ONCE - this.#hurried;
    const roomAt = (host: string) => HURRIED_OF_HOST - (this.#hurriedHosts.get(host) ?? 0);
    const full = [...this.#hurriedHosts.keys()].filter((host) => roomAt(host) <= 0);
    const hurried = await store.takeHurried(hurriedFree, full, roomAt, Date.now());
    for (const page of hurried) this.#begin(page);
    const free = AT_ONCE - (this.#fetching.size - this.#hurried);
    const taken = await store.take(free, [...this.#busyHosts.keys()], Date.now());
    for (const page of taken) this.#begin(page);
    // Others of these hosts may have stood in front of pages that can be fetched now.
    const isMore = (got: number, wanted: number) => got > 0 && got < wanted;
    if (isMore(hurried.length, hurriedFree) || isMore(taken.length, free)) this.#lookAgain = true;
  }

  #begin(page: TakenPage): void {
    add(this.#busyHosts, page.host, 1);
    if (page.hurried) {
      this.#hurried++;
      add(this.#hurriedHosts, page.host, 1);
    }
    const fetching = this.#fetch(page).catch(this.#parts.onTrouble);
    this.#fetching.add(fetching);
    void fetching.finally(() => {
      this.#fetching.delete(fetching);
      if (page.hurried) {
        this.#hurried--;
        add(this.#hurriedHosts, page.host, -1);
      }
      this.#rest(page.host);
      this.wake();
    });
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
      add(this.#busyHosts, host, -1);
      this.wake();
    }, this.#hostPauseMs).unref();
    this.#pauses.add(pause);
  }
}

function add(counts: Map<string, number>, host: string, by: 1 | -1): void {
  const count = (counts.get(host) ?? 0) + by;
  if (count > 0) counts.set(host, count);
  else counts.delete(host);
}
