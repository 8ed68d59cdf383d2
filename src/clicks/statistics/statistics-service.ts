import type { Change } from '../../db/change.ts';
import type { Database } from '../../db/database.ts';
import type { StoreLocation } from '../../db/store-location.ts';
import { Failure } from '../../errors.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import { type Asker, FairQueue } from './fair-queue.ts';
import { ForeignLinks } from './foreign-links.ts';
import type { Interval, StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { Statistics } from './statistics.ts';
import { StatisticsThread } from './statistics-thread.ts';

/**
 * Counting keeps a core busy; two questions share one, so that a short one need not wait for a long one. Nobody has
 * both places, nor more than his part of those where one waits.
 */
const LIMITS = { atOnce: 2, atOnceOfOwner: 1, mostWaiting: 256, mostWaitingOfOwner: 32 } as const;
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
  readonly #queue = new FairQueue(LIMITS);

  constructor({ database, location, cacheBytes, timeoutMs = TIMEOUT_MS }: StatisticsServiceOptions) {
    this.#database = database;
    this.#foreign = new ForeignLinks(database);
    this.#thread = new StatisticsThread({ location, cacheBytes, timeoutMs, atOnce: LIMITS.atOnce });
  }

  /** @throws Failure `invalid` when a series would be endless, `unavailable`, `busy`, `abandoned` */
  async ask(
    question: StatisticsQuestion,
    asker: Asker = { owner: `project:${question.projectId}` },
  ): Promise<StatisticsAnswer> {
    requireCountable(question);
    return await this.#queue.run(asker, async () =>
      this.#thread.ask(question, await this.#foreignLinks(question), asker.signal),
    );
  }

  /** Call it with every edit, in this process or another. */
  follow(changes: readonly Change[]): void {
    this.#foreign.follow(changes);
  }

  /** Ends every question, begun or not, and refuses what is asked from now on. */
  stop(): void {
    this.#queue.close(new Failure('unavailable', 'The server is stopping.'));
    this.#thread.stop();
  }

  close(): Promise<void> {
    this.stop();
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
