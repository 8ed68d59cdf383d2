import type { Change } from '../../db/change.ts';
import type { Database } from '../../db/database.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import { Failure } from '../../errors.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import { FairQueue } from './fair-queue.ts';
import { ForeignLinks } from './foreign-links.ts';
import type { Interval, StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { Statistics } from './statistics.ts';
import { StatisticsThread } from './statistics-thread.ts';

/** Counting keeps a core busy; two questions share one, so that a short one need not wait for a long one. */
const AT_ONCE = 2;
const MOST_WAITING = 50;
const TIMEOUT_MS = 30_000;

/** Surfaces ask for a few thousand at most, each in its own words; this bounds the memory of whoever forgets to. */
const MOST_POINTS = 100_000;
const SHORTEST_MS: Readonly<Record<Interval, number>> = {
  hour: 2 * QUARTER_MS,
  day: 23 * 4 * QUARTER_MS,
  week: 167 * 4 * QUARTER_MS,
  month: 671 * 4 * QUARTER_MS,
};

export interface StatisticsServiceOptions {
  readonly database: Database;
  readonly location: StoreLocation;
  /** Of columns that are kept in memory. */
  readonly cacheBytes: number;
  /** Longest time for one question. */
  readonly timeoutMs?: number;
}

/** Statistics of a running server: who is asked, in which turn, and which links leave foreign clicks out now. */
export class StatisticsService implements Statistics {
  readonly #database: Database;
  readonly #foreign: ForeignLinks;
  readonly #thread: StatisticsThread;
  readonly #queue = new FairQueue(AT_ONCE, MOST_WAITING);

  constructor({ database, location, cacheBytes, timeoutMs = TIMEOUT_MS }: StatisticsServiceOptions) {
    this.#database = database;
    this.#foreign = new ForeignLinks(database);
    this.#thread = new StatisticsThread({ location, cacheBytes, timeoutMs, atOnce: AT_ONCE });
  }

  /** @throws Failure `invalid` when a series would be endless, `unavailable` */
  async ask(question: StatisticsQuestion): Promise<StatisticsAnswer> {
    requireCountable(question);
    return await this.#queue.run(question.projectId, async () =>
      this.#thread.ask(question, await this.#foreignLinks(question)),
    );
  }

  /** Call it with every edit, in this process or another. */
  follow(changes: readonly Change[]): void {
    this.#foreign.follow(changes);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #foreignLinks(question: StatisticsQuestion): Promise<Uint32Array> {
    try {
      return await this.#foreign.linksFor(question);
    } catch (error) {
      if (!this.#database.isUnavailable(error)) throw error;
      throw new Failure('unavailable', 'The statistics cannot be read now; try again in a moment.');
    }
  }
}

function requireCountable({ from, to, interval }: StatisticsQuestion): void {
  if (interval && (to - from) / SHORTEST_MS[interval] > MOST_POINTS) {
    throw new Failure('invalid', `The range of time is too long to be told by the ${interval}.`);
  }
}
