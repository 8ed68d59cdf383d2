import type { PasswordInForce } from '../../visits/decision.ts';
import type { Guesses, GuessOutcome } from '../../visits/guesses.ts';
import type { UnlockCookies } from '../../visits/unlock-cookie.ts';
import type { OpenPage } from './page-directory.ts';

export interface PageGuardParts {
  readonly guesses: Guesses;
  /** Of these pages alone: their secret signs nothing that opens a link. */
  readonly cookies: UnlockCookies;
  /** Whether a password is the one behind a hash; works off the event loop. */
  readonly matches: (hash: string, password: string) => Promise<boolean>;
}

/** Lets in who knows a page's password, and remembers them for that page alone, until the password is another. */
export class PageGuard {
  readonly #parts: PageGuardParts;

  constructor(parts: PageGuardParts) {
    this.#parts = parts;
  }

  isOpen(page: OpenPage, cookies: string | undefined, now: number): boolean {
    return this.#parts.cookies.unlocked(cookies, ownPassword(page), now) !== null;
  }

  /** @returns the `Set-Cookie` of somebody who has just entered the password */
  admit(page: OpenPage, now: number): string {
    return this.#parts.cookies.issue(ownPassword(page), page.path, now);
  }

  /**
   * Rejects when guesses cannot be counted now. They are counted apart from guesses at the password of the link or
   * group itself: whoever tries one must not shut the other.
   */
  async guess({ password }: OpenPage, entered: string, address: string): Promise<GuessOutcome> {
    if (entered === '') return { outcome: 'wrong' };
    const { owner, hash } = password;
    const { guesses, matches } = this.#parts;
    return await guesses.guess(`stats:${owner.kind}:${owner.id}`, address, () => matches(hash, entered));
  }
}

/** A cookie is for one page, whoever's password opens it, so the page stands as the owner. */
function ownPassword({ kind, id, password: { hash } }: OpenPage): PasswordInForce {
  return { owner: { kind, id }, hash };
}
