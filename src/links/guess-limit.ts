import { createHmac } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { EVERYBODY, GuessWindows, LATEST_END_MS, type TakenGuess, UsedUp } from './guess-windows.ts';
import { networkOf } from './network.ts';
import { TurnedAway, Turnstile } from './turnstile.ts';

/** A check costs some 30 ms of a core and 19 MiB: two leave room for all else, and the line is about a second long. */
const CHECKED_AT_ONCE = 2;
const WAITING_AT_MOST = 64;
const WAITING_PER_SOURCE = 200;
const REMEMBERED = 10_000;

/** Rejects when work takes longer than a visitor should wait; it may then still be done later. */
type Soon = <T>(work: Promise<T>) => Promise<T>;

export interface GuessLimitParts {
  readonly database: Database;
  /** Keys the hash that stands for a guesser's network. */
  readonly secret: string;
  readonly soon?: Soon;
  readonly now?: () => number;
}

export type GuessOutcome =
  | { readonly outcome: 'right' | 'wrong' }
  /** No guess was made: there are none left until an instant. */
  | { readonly outcome: 'refused'; readonly retryAt: number }
  /** No guess was made: this process has more to check than it can. */
  | { readonly outcome: 'busy' };

/**
 * How often a password may be guessed at, counted in the database: over all processes on it, and across restarts.
 *
 * A guess is taken before the password is looked at, so that a hundred at once get no more tries than a hundred in a
 * row, and given back when it was right.
 *
 * Guesses of one source at one password are made one after another: a class that opens a link at once and knows its
 * password must not be refused for its number. And a source that tries a lot holds one place in the line of all.
 */
export class GuessLimit {
  readonly #windows: GuessWindows;
  readonly #secret: string;
  readonly #soon: Soon;
  readonly #now: () => number;
  /** Ends of windows known to be used up, so that whoever goes on trying does not reach the database. */
  readonly #usedUp = new Map<string, number>();
  readonly #ofSources = new Map<string, Turnstile>();
  readonly #ofAll = new Turnstile(CHECKED_AT_ONCE, WAITING_AT_MOST);
  /** How often the database could not count, and what it said the last time. */
  #failures = 0;
  #failure: unknown;

  constructor({ database, secret, soon = (work) => work, now = () => Date.now() }: GuessLimitParts) {
    this.#windows = new GuessWindows(database);
    this.#secret = secret;
    this.#soon = soon;
    this.#now = now;
  }

  /**
   * Makes a guess, if one may be made. Rejects, without having made it, when the database cannot count it; and as
   * `isRight` does.
   *
   * @param owner whose password it is, such as `group:12`
   * @param address the guesser's IP address; only a keyed hash of its network is stored
   * @param isRight checks the password; its work is what is limited
   */
  async guess(owner: string, address: string, isRight: () => Promise<boolean>): Promise<GuessOutcome> {
    const source = this.#sourceOf(owner, address);
    const refused = this.#refusal(owner, source);
    if (refused) return refused;
    const failures = this.#failures;
    try {
      return await this.#inTurn(keyOf(owner, source), async () => {
        // Whoever has waited while the database did not answer must not wait for the same again.
        if (failures !== this.#failures) throw this.#failure;
        return this.#refusal(owner, source) ?? (await this.#guessNow(owner, source, isRight));
      });
    } catch (error) {
      if (error instanceof TurnedAway) return { outcome: 'busy' };
      throw error;
    }
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const ofSource = this.#ofSources.get(key) ?? new Turnstile(1, WAITING_PER_SOURCE);
    this.#ofSources.set(key, ofSource);
    try {
      return await ofSource.pass(() => this.#ofAll.pass(work));
    } finally {
      if (ofSource.isEmpty) this.#ofSources.delete(key);
    }
  }

  async #guessNow(owner: string, source: string, isRight: () => Promise<boolean>): Promise<GuessOutcome> {
    let taken: TakenGuess;
    try {
      taken = await this.#soon(this.#windows.take(owner, source, this.#now()));
    } catch (error) {
      if (!(error instanceof UsedUp)) {
        this.#failures++;
        this.#failure = error;
        throw error;
      }
      this.#remember(keyOf(owner, error.source), error.endsAt);
      return { outcome: 'refused', retryAt: error.endsAt };
    }
    let kept = false;
    try {
      const right = await isRight();
      kept = !right;
      return { outcome: right ? 'right' : 'wrong' };
    } finally {
      if (!kept) await this.#giveBack(taken);
    }
  }

  /** Never rejects: a guess that stays taken by nobody is the lesser evil. */
  async #giveBack(taken: TakenGuess): Promise<void> {
    try {
      await this.#soon(this.#windows.giveBack(taken));
      for (const { source } of taken.windows) this.#usedUp.delete(keyOf(taken.owner, source));
    } catch {}
  }

  /** Another one at every password, so that nobody can be followed from link to link. */
  #sourceOf(owner: string, address: string): string {
    return createHmac('sha256', this.#secret)
      .update(`${owner} ${networkOf(address)}`)
      .digest('base64url')
      .slice(0, 22);
  }

  #refusal(owner: string, source: string): GuessOutcome | undefined {
    const retryAt = Math.max(
      this.#usedUpUntil(keyOf(owner, source)),
      this.#usedUpUntil(keyOf(owner, EVERYBODY)),
    );
    return retryAt > 0 ? { outcome: 'refused', retryAt } : undefined;
  }

  /** 0 when the window is not known to be used up. */
  #usedUpUntil(key: string): number {
    const endsAt = this.#usedUp.get(key) ?? 0;
    const now = this.#now();
    // What ends later was written down while the clock was wrong.
    if (endsAt > now && endsAt <= now + LATEST_END_MS) return endsAt;
    this.#usedUp.delete(key);
    return 0;
  }

  #remember(key: string, endsAt: number): void {
    if (this.#usedUp.size >= REMEMBERED) this.#usedUp.delete(this.#usedUp.keys().next().value ?? '');
    this.#usedUp.set(key, endsAt);
  }
}

function keyOf(owner: string, source: string): string {
  return `${owner} ${source}`;
}
