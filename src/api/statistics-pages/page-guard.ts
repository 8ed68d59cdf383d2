import { createHmac } from 'node:crypto';
import type { PasswordInForce } from '../../visits/decision.ts';
import type { Guesses, GuessOutcome } from '../../visits/guesses.ts';
import { UnlockCookies } from '../../visits/unlock-cookie.ts';
import type { OpenPage } from './page-directory.ts';

export interface PageGuardParts {
  readonly guesses: Guesses;
  /** Keys the cookies; what it signs opens no link. */
  readonly secret: string;
  /** Whether pages are served over HTTPS. */
  readonly secure: boolean;
  /** Whether a password is the one behind a hash; works off the event loop. */
  readonly matches: (hash: string, password: string) => Promise<boolean>;
}

/** Lets in who knows a page's password, and remembers them for that page alone, until the password is another. */
export class PageGuard {
  readonly #parts: PageGuardParts;
  readonly #cookies: Readonly<Record<OpenPage['kind'], UnlockCookies>>;

  constructor(parts: PageGuardParts) {
    this.#parts = parts;
    const cookies = (kind: string) => new UnlockCookies(keyFor(parts.secret, kind), parts.secure);
    this.#cookies = { link: cookies('link'), group: cookies('group') };
  }

  isOpen(page: OpenPage, cookies: string | undefined, now: number): boolean {
    return this.#cookies[page.kind].unlocked(cookies, ownPassword(page), now) !== null;
  }

  /** @returns the `Set-Cookie` of somebody who has just entered the password */
  admit(page: OpenPage, now: number): string {
    return this.#cookies[page.kind].issue(ownPassword(page), page.path, now);
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

/**
 * A cookie is for one page, whoever's password opens it, so the page stands as the owner. `link` is how unlock
 * cookies call what has a path of its own; pages of links and of groups are told apart by their keys.
 */
function ownPassword({ id, password: { hash } }: OpenPage): PasswordInForce {
  return { owner: { kind: 'link', id }, hash };
}

function keyFor(secret: string, kind: string): string {
  return createHmac('sha256', secret).update(`statistics page of a ${kind}`).digest('hex');
}
