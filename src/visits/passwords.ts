import type { PasswordInForce } from './decision.ts';
import type { Guesses, GuessOutcome } from './guesses.ts';
import { passwordInForce, passwordVersion } from './link-password.ts';
import type { UnlockCookies } from './unlock-cookie.ts';
import type { Target } from './visit-directory.ts';

export interface PasswordsParts {
  readonly guesses: Guesses;
  readonly cookies: UnlockCookies;
  /** Whether a password is the one behind a hash; works off the event loop. */
  readonly matches: (hash: string, password: string) => Promise<boolean>;
}

/** What visitors do with passwords: enter them, and be remembered for having entered them. */
export class Passwords {
  readonly #parts: PasswordsParts;

  constructor(parts: PasswordsParts) {
    this.#parts = parts;
  }

  /** What a visitor's cookies prove to have unlocked. They are looked at only where there is a password. */
  unlocked(cookies: string | undefined, { link, group }: Target, now: number): string | null {
    if (cookies === undefined || !link) return null;
    const password = passwordInForce(link, group);
    return password ? this.#parts.cookies.unlocked(cookies, password, now) : null;
  }

  /** Rejects when guesses cannot be counted now. */
  async guess({ owner, hash }: PasswordInForce, entered: string, address: string): Promise<GuessOutcome> {
    // Nothing was entered: that is no guess, and no password is empty.
    if (entered === '') return { outcome: 'wrong' };
    const { guesses, matches } = this.#parts;
    return await guesses.guess(`${owner.kind}:${owner.id}`, address, () => matches(hash, entered));
  }

  /** What whoever entered a password has: the proof for `decide`, and the cookie that proves it the next time. */
  entered(password: PasswordInForce, shortUrl: string, now: number): { unlocked: string; setCookie: string } {
    // A link's password is sent to that path alone, so that a browser with many unlocked links does not carry them all
    // to each; a group's goes everywhere, because its links do.
    const path = password.owner.kind === 'group' ? '/' : new URL(shortUrl).pathname;
    return {
      unlocked: passwordVersion(password.hash),
      setCookie: this.#parts.cookies.issue(password, path, now),
    };
  }
}
