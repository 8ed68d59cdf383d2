import type { Database } from '../db/database.ts';
import { Failure } from '../errors.ts';
import { lastRow } from './click-rows.ts';
import { type LiveBatch, NO_CLICKS_YET, withClicks } from './live-batch.ts';
import { readShownClicks, type ShownClick, type ShownScope, shows } from './shown-clicks.ts';

export interface LiveListener {
  readonly scope: ShownScope;
  /** About once a second; a batch may be empty. @param until row up to which everything has been told */
  tell(batch: LiveBatch, until: number): void;
  /** There will be no more. */
  end(): void;
}

export interface Listening {
  /** Number of the row after which the listener is told of clicks. */
  readonly from: number;
  stop(): void;
}

interface Ear {
  readonly listener: LiveListener;
  heard: LiveBatch;
}

const POLL_MS = 1_000;
const MOST_LISTENERS = 100;
/** Further back than so many rows nobody is told afterwards what happened meanwhile. */
const ROWS_REMEMBERED = 50_000;

/**
 * Tells listeners of clicks as they come in. One poller serves all of them, and only while there are some: it asks for
 * the rows after the last it has seen, whose numbers become visible in order (`readRawClicks` says why).
 */
export class LiveClicks {
  readonly #database: Database;
  readonly #onTrouble: (error: unknown) => void;
  readonly #ears = new Set<Ear>();
  /** The last row that was told; undefined while nobody listens. */
  #position: number | undefined;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param onTrouble the store could not be read; the next second tries again */
  constructor(database: Database, onTrouble: (error: unknown) => void) {
    this.#database = database;
    this.#onTrouble = onTrouble;
  }

  /** Whether there is no room for another listener. */
  get full(): boolean {
    return this.#ears.size >= MOST_LISTENERS;
  }

  get listeners(): number {
    return this.#ears.size;
  }

  /** @throws Failure `unavailable` while the process is stopping */
  async listen(listener: LiveListener): Promise<Listening> {
    if (this.#closed) throw new Failure('unavailable', 'The server is stopping; connect again in a moment.');
    const ear: Ear = { listener, heard: NO_CLICKS_YET };
    this.#ears.add(ear);
    const stop = () => {
      this.#ears.delete(ear);
    };
    try {
      while (this.#position === undefined) await this.#start();
    } catch (error) {
      stop();
      throw error;
    }
    return { from: this.#position, stop };
  }

  /**
   * What was shown between a row somebody has seen last and another; undefined when that is too long ago to be told,
   * or was never.
   */
  async missed(scope: ShownScope, after: number, until: number): Promise<LiveBatch | undefined> {
    if (after > until || until - after > ROWS_REMEMBERED) return undefined;
    let batch = NO_CLICKS_YET;
    for await (const { clicks } of readShownClicks(this.#database, after, until)) {
      batch = withClicks(batch, ofScope(scope, clicks));
    }
    return batch;
  }

  /** Ends every listener at once, so that nothing waits for their connections. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { listener } of this.#ears) listener.end();
    this.#ears.clear();
    await this.#polling;
  }

  #start(): Promise<void> {
    this.#starting ??= lastRow(this.#database.read)
      .then((row) => {
        this.#position = row;
        this.#schedule();
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      if (this.#ears.size === 0) {
        this.#position = undefined;
        return;
      }
      this.#polling = this.#poll().finally(() => this.#schedule());
    }, POLL_MS);
  }

  async #poll(): Promise<void> {
    try {
      const last = await lastRow(this.#database.read);
      // Of all projects and not only of those that are listened to: somebody may have joined since this was asked.
      for await (const page of readShownClicks(this.#database, this.#position as number, last)) {
        for (const ear of this.#ears) {
          ear.heard = withClicks(ear.heard, ofScope(ear.listener.scope, page.clicks));
        }
        this.#position = page.until;
      }
    } catch (error) {
      this.#onTrouble(error);
    }
    for (const ear of this.#ears) {
      const { heard } = ear;
      ear.heard = NO_CLICKS_YET;
      ear.listener.tell(heard, this.#position as number);
    }
  }
}

function ofScope(scope: ShownScope, clicks: readonly ShownClick[]): ShownClick[] {
  return clicks.filter((click) => shows(scope, click));
}
