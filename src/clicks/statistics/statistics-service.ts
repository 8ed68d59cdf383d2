import type { Change } from '../../db/change.ts';
import type { Database } from '../../db/database.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import { FairQueue } from './fair-queue.ts';
import { ForeignLinks } from './foreign-links.ts';
import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { Statistics } from './statistics.ts';
import { StatisticsThread } from './statistics-thread.ts';

/** Counting keeps a core busy; two questions share one, so that a short one need not wait for a long one. */
const AT_ONCE = 2;
const MOST_WAITING = 50;
const TIMEOUT_MS = 30_000;

export interface StatisticsServiceOptions {
  readonly database: Database;
  readonly location: StoreLocation;
  /** Of columns that are kept in memory. */
  readonly cacheBytes: number;
}

/** Statistics of a running server: who is asked, in which turn, and which links leave foreign clicks out now. */
export class StatisticsService implements Statistics {
  readonly #foreign: ForeignLinks;
  readonly #queue = new FairQueue(AT_ONCE, MOST_WAITING);
  readonly #thread: StatisticsThread;

  constructor({ database, location, cacheBytes }: StatisticsServiceOptions) {
    this.#foreign = new ForeignLinks(database);
    this.#thread = new StatisticsThread({ location, cacheBytes, timeoutMs: TIMEOUT_MS, atOnce: AT_ONCE });
  }

  ask(question: StatisticsQuestion): Promise<StatisticsAnswer> {
    return this.#queue.run(question.projectId, async () =>
      this.#thread.ask(question, await this.#foreign.linksFor(question)),
    );
  }

  /** Call it with every edit, in this process or another. */
  follow(changes: readonly Change[]): void {
    this.#foreign.follow(changes);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
