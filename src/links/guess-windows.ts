import type { Database, Tx } from '../db/database.ts';

interface Limit {
  readonly guesses: number;
  readonly windowMs: number;
}

const MINUTE_MS = 60 * 1000;
/** One source at one password. */
const PER_SOURCE: Limit = { guesses: 10, windowMs: 10 * MINUTE_MS };
/** Everybody together at one password, however many addresses they have. */
const PER_OWNER: Limit = { guesses: 300, windowMs: 60 * MINUTE_MS };

/** No window ends later than this from now, with all that the clocks of servers may differ. */
export const LATEST_END_MS = 2 * PER_OWNER.windowMs;

/** Stands in the rows of `guess_window` for all sources together. */
export const EVERYBODY = '';

/** One guess, as it was taken: from the window of its source and from everybody's. */
export interface TakenGuess {
  readonly owner: string;
  readonly windows: readonly { readonly source: string; readonly startedAt: number }[];
}

/** No guess is left in the window of a source (or of everybody) until an instant. */
export class UsedUp extends Error {
  readonly source: string;
  readonly endsAt: number;

  constructor(source: string, endsAt: number) {
    super('no guesses are left in this window');
    this.source = source;
    this.endsAt = endsAt;
  }
}

/**
 * Guesses counted in the database, in windows of time. A window begins with its first guess; when it has passed, the
 * next guess begins a new one. So it does when the window lies in the future by more than its length: a clock was wrong
 * then, and a password must not stay closed until it would have been right.
 */
export class GuessWindows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws UsedUp, having taken nothing: a refused guess is no guess */
  async take(owner: string, source: string, now: number): Promise<TakenGuess> {
    const windows = await this.#database.transact('system', async (tx) => [
      // Always in this order: whoever holds the row of everybody waits for no other.
      await takeFrom(tx, owner, source, PER_SOURCE, now),
      await takeFrom(tx, owner, EVERYBODY, PER_OWNER, now),
    ]);
    return { owner, windows };
  }

  async giveBack({ owner, windows }: TakenGuess): Promise<void> {
    await this.#database.transact('system', async ({ db }) => {
      for (const { source, startedAt } of windows) {
        await db
          .updateTable('guess_window')
          .set((eb) => ({ used: eb('used', '-', 1) }))
          .where('owner', '=', owner)
          .where('source', '=', source)
          // A window that has begun since does not know of this guess.
          .where('started_at', '=', startedAt)
          .where('used', '>', 0)
          .execute();
      }
    });
  }
}

/** Forgets windows that began before an instant; sources first, as whoever takes a guess locks them. */
export async function deleteGuessWindows({ db }: Tx, before: number): Promise<void> {
  for (const which of ['<>', '='] as const) {
    await db
      .deleteFrom('guess_window')
      .where('started_at', '<', before)
      .where('source', which, EVERYBODY)
      .execute();
  }
}

/** One statement, so that however many come at once, the row's lock counts them one after another. */
async function takeFrom({ db }: Tx, owner: string, source: string, limit: Limit, now: number) {
  const earliest = now - limit.windowMs + 1;
  const latest = now + limit.windowMs;
  const window = await db
    .insertInto('guess_window')
    .values({ owner, source, started_at: now, used: 1 })
    .onConflict((conflict) =>
      conflict.columns(['owner', 'source']).doUpdateSet((eb) => {
        const goesOn = eb.between('guess_window.started_at', earliest, latest);
        return {
          used: eb
            .case()
            .when(goesOn)
            .then(eb('guess_window.used', '+', 1))
            .else(1)
            .end(),
          started_at: eb.case().when(goesOn).then(eb.ref('guess_window.started_at')).else(now).end(),
        };
      }),
    )
    .returning(['started_at', 'used'])
    .executeTakeFirstOrThrow();
  if (window.used > limit.guesses) throw new UsedUp(source, window.started_at + limit.windowMs);
  return { source, startedAt: window.started_at };
}
