import type { Change } from '../../db/change.ts';
import type { Tx } from '../../db/database.ts';
import { fetchPage, type PageFetchRules } from './page-fetch.ts';
import { isOutdated, type PagePreview } from './page-preview.ts';
import type { PageTexts } from './page-texts.ts';
import { PreviewMemory } from './preview-memory.ts';
import type { PreviewStore } from './preview-store.ts';
import { PreviewWorker } from './preview-worker.ts';

export interface PagePreviewsParts {
  readonly store: PreviewStore;
  /** Whether pages are fetched; else only those are known that were fetched before. */
  readonly fetches: boolean;
  readonly onTrouble: (error: unknown) => void;
}

/** How often another process, which may be fetching the page, is looked for having done so. */
const LOOK_AGAIN_MS = 200;
/** For whoever does not want to wait, a look into a database that is not a file of this process takes this at most. */
const LOOK_UP_MS = 250;
/** Nobody beyond waits: whoever says to be a chat may come in any number. */
const MOST_WAITERS = 200;

/** What the pages that links lead to say of themselves: asked by whoever shows a link that says nothing itself. */
export class PagePreviews {
  readonly fetches: boolean;
  readonly #store: PreviewStore;
  readonly #onTrouble: (error: unknown) => void;
  readonly #memory = new PreviewMemory();
  /** Those who wait for a page, by its URL. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #waiters = 0;
  #worker: PreviewWorker | undefined;

  constructor({ store, fetches, onTrouble }: PagePreviewsParts) {
    this.#store = store;
    this.fetches = fetches;
    this.#onTrouble = onTrouble;
  }

  /** From now on this process fetches pages. */
  start(rules: PageFetchRules, hostPauseMs?: number): void {
    this.#worker = new PreviewWorker({
      store: this.#store,
      fetchPage: (url, signal) => fetchPage(url, rules, signal),
      onTried: (url) => this.#tried(url),
      onTrouble: this.#onTrouble,
      ...(hostPauseMs === undefined ? {} : { hostPauseMs }),
    });
    this.#worker.start();
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
  }

  /** Has pages fetched soon, once this transaction has committed. */
  async queue(tx: Tx, urls: readonly string[]): Promise<void> {
    if (this.fetches && urls.length > 0) await this.#store.queue(tx, urls, Date.now());
  }

  /** An edit of a link may have queued its page. */
  follow(changes: readonly Change[]): void {
    if (changes.some(({ entity }) => entity === 'link')) this.#worker?.wake();
  }

  /**
   * What a page says of itself, as far as it is known or can be fetched within `patienceMs`. At once when it is
   * remembered, or the database is a file of this process and there is nothing to wait for. Never rejects: whoever
   * asks goes on without.
   */
  textsOf(url: string, patienceMs: number): PageTexts | null | Promise<PageTexts | null> {
    const remembered = this.#memory.get(url, Date.now());
    if (remembered !== undefined && (remembered !== null || patienceMs === 0)) return remembered;
    try {
      const found = this.#store.find(url);
      const texts =
        found instanceof Promise
          ? found.then((preview) => this.#look(url, preview, patienceMs))
          : this.#look(url, found, patienceMs);
      return texts instanceof Promise ? this.#inTime(url, patienceMs, texts) : texts;
    } catch (error) {
      this.#onTrouble(error);
      return null;
    }
  }

  /** What is known of a page, for whoever wants to know why. */
  find(url: string): PagePreview | undefined | Promise<PagePreview | undefined> {
    return this.#store.find(url);
  }

  /** Fetches a page anew, and waits for it. @returns what is known of it then; it may still be on its way */
  async renew(url: string, patienceMs: number): Promise<PagePreview | undefined> {
    if (this.fetches) {
      const done = this.#whenTried(url, patienceMs);
      await this.#store.renew(url, Date.now(), true);
      this.#worker?.wake();
      await this.#settled(url, patienceMs, done);
    }
    this.#memory.forget(url);
    return await this.#store.find(url);
  }

  titlesOf(urls: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#store.titlesOf(urls);
  }

  /** A page was fetched, or not: whoever shows it looks again. */
  #tried(url: string): void {
    this.#memory.forget(url);
    const waiting = this.#waiting.get(url);
    this.#waiting.delete(url);
    for (const goOn of waiting ?? []) goOn();
  }

  #look(
    url: string,
    preview: PagePreview | undefined,
    patienceMs: number,
  ): PageTexts | null | Promise<PageTexts | null> {
    const now = Date.now();
    const texts = textsIn(preview);
    this.#memory.remember(url, preview?.state, texts, now);
    if (!this.fetches) return texts;
    if (preview && isOutdated(preview, now)) this.#renewLater(url, now);
    const isDue = !preview || (preview.state === 'waiting' && preview.dueAt <= now);
    const isComing = isDue || preview.state === 'fetching';
    if (texts !== null || !isComing) return texts;
    // Where somebody waits already it is being hurried.
    const waits = patienceMs > 0 && this.#waiters < MOST_WAITERS;
    const asked = isDue && !this.#waiting.has(url) ? this.#ask(url, now, waits) : Promise.resolve();
    return waits ? this.#waitFor(url, patienceMs, asked) : null;
  }

  async #waitFor(url: string, patienceMs: number, hurried: Promise<void>): Promise<PageTexts | null> {
    const done = this.#whenTried(url, patienceMs);
    await hurried;
    const preview = await this.#settled(url, patienceMs, done);
    const texts = textsIn(preview);
    // The store may tell before the thread that has read the page does: what was told once is told again.
    if (texts !== null) this.#memory.remember(url, preview?.state, texts, Date.now());
    return texts;
  }

  /** A database that is away or slow delays nobody by more than a moment, and nobody twice. */
  async #inTime(
    url: string,
    patienceMs: number,
    texts: Promise<PageTexts | null>,
  ): Promise<PageTexts | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((giveUp) => {
      timer = setTimeout(
        () => {
          this.#memory.remember(url, undefined, null, Date.now());
          giveUp(null);
        },
        Math.max(patienceMs, LOOK_UP_MS),
      );
    });
    const told = texts.catch((error: unknown) => {
      this.#onTrouble(error);
      return null;
    });
    const inTime = await Promise.race([told, late]);
    clearTimeout(timer);
    return inTime;
  }

  async #ask(url: string, now: number, hurried: boolean): Promise<void> {
    const asked = hurried ? this.#store.hurry(url, now) : this.#store.queueNow(url, now);
    await asked.catch(this.#onTrouble);
    this.#worker?.wake();
  }

  #renewLater(url: string, now: number): void {
    this.#store.renew(url, now, false).then(() => this.#worker?.wake(), this.#onTrouble);
  }

  /** Until it was tried here or, as the store tells, elsewhere. */
  async #settled(url: string, patienceMs: number, done: Promise<void>): Promise<PagePreview | undefined> {
    const giveUpAt = performance.now() + patienceMs;
    let isTried = false;
    void done.then(() => {
      isTried = true;
    });
    for (;;) {
      const wait = new Promise<void>((resume) => setTimeout(resume, LOOK_AGAIN_MS));
      await Promise.race([done, wait]);
      const preview = await this.#store.find(url);
      const isSettled = preview?.state === 'found' || preview?.state === 'failed';
      if (isSettled || isTried || performance.now() >= giveUpAt) return preview;
    }
  }

  /** Resolves when the page was tried by this process, or nobody wants to wait any longer. */
  #whenTried(url: string, patienceMs: number): Promise<void> {
    this.#waiters++;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(url) ?? new Set();
      this.#waiting.set(url, waiting);
      const timer = setTimeout(() => goOn(), patienceMs);
      const goOn = () => {
        clearTimeout(timer);
        this.#waiters--;
        waiting.delete(goOn);
        if (waiting.size === 0 && this.#waiting.get(url) === waiting) this.#waiting.delete(url);
        resolve();
      };
      waiting.add(goOn);
    });
  }
}

/** What was found once is shown, also while it is fetched anew. Null: there is nothing to show. */
function textsIn(preview: PagePreview | undefined): PageTexts | null {
  if (!preview) return null;
  const { title, description, imageUrl } = preview;
  return title === '' && description === '' && imageUrl === null ? null : { title, description, imageUrl };
}
