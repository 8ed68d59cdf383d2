import type { PreviewState } from './page-preview.ts';
import type { PageTexts } from './page-texts.ts';

/** Another process may fetch a page anew, and only says so in the database. */
const FOUND_FOR_MS = 10 * 60 * 1000;
const FAILED_FOR_MS = 60 * 1000;
const WAITING_FOR_MS = 2_000;
const MOST_PAGES = 10_000;

interface Remembered {
  readonly texts: PageTexts | null;
  readonly until: number;
}

/** What was read of pages a moment ago; it forgets everything when full. */
export class PreviewMemory {
  readonly #pages = new Map<string, Remembered>();

  /** @returns undefined: it is to be looked up; null: nothing was known */
  get(url: string, now: number): PageTexts | null | undefined {
    const remembered = this.#pages.get(url);
    return remembered && now < remembered.until ? remembered.texts : undefined;
  }

  remember(url: string, state: PreviewState | undefined, texts: PageTexts | null, now: number): void {
    if (this.#pages.size >= MOST_PAGES) this.#pages.clear();
    const forMs = state === 'found' ? FOUND_FOR_MS : state === 'failed' ? FAILED_FOR_MS : WAITING_FOR_MS;
    this.#pages.set(url, { texts, until: now + forMs });
  }

  forget(url: string): void {
    this.#pages.delete(url);
  }
}
