import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PasswordInForce, PasswordOwner } from './decision.ts';
import { passwordVersion } from './link-password.ts';

/** How long a password need not be entered again. */
const LIFETIME_S = 12 * 60 * 60;

/** A browser sends a name twice when two paths have it; anything beyond these was not set by us. */
const MAX_CANDIDATES = 4;
/** The end of its life in base 36, and 256 bits in base64url. */
const VALUE = /^([0-9a-z]{1,10})\.([\w-]{43})$/;

/**
 * The cookie of a visitor who has entered a password. It opens what that password protects (a link, or all links of
 * a group) and says nothing else: it is signed over whose password it was, which one, and until when, and the server
 * keeps nothing. A new password, even one that reads the same, ends all cookies of the old one.
 */
export class UnlockCookies {
  readonly #secret: string;
  readonly #secure: boolean;

  /** @param secure whether visitors come over HTTPS, so that browsers send the cookie over nothing else */
  constructor(secret: string, secure: boolean) {
    this.#secret = secret;
    this.#secure = secure;
  }

  /**
   * The `Set-Cookie` for a password that was entered now.
   *
   * @param path that browsers send it to
   */
  issue({ owner, hash }: PasswordInForce, path: string, now: number): string {
    const endsAt = (Math.floor(now / 1000) + LIFETIME_S).toString(36);
    const value = `${endsAt}.${this.#sign(owner, passwordVersion(hash), endsAt)}`;
    const secure = this.#secure ? '; Secure' : '';
    return `${this.#nameOf(owner)}=${value}; Path=${path}; Max-Age=${LIFETIME_S}; HttpOnly; SameSite=Lax${secure}`;
  }

  /**
   * The version of the password that the visitor's cookies prove to have entered, if it is the one in force. Takes
   * any header, and looks at a few cookies of the right name at most.
   */
  unlocked(header: string | undefined, { owner, hash }: PasswordInForce, now: number): string | null {
    if (header === undefined) return null;
    const version = passwordVersion(hash);
    for (const value of valuesOf(header, this.#nameOf(owner))) {
      const [, endsAt = '', signature = ''] = VALUE.exec(value) ?? [];
      if (endsAt === '' || Number.parseInt(endsAt, 36) * 1000 <= now) continue;
      if (isSame(signature, this.#sign(owner, version, endsAt))) return version;
    }
    return null;
  }

  /** Tells owners apart without telling anybody how many there are. */
  #nameOf({ kind, id }: PasswordOwner): string {
    return `sy_${this.#hmac(`name ${kind} ${id}`).slice(0, 16)}`;
  }

  /** Over the text of the instant as it stands in the cookie, so that no other spelling of it is good. */
  #sign({ kind, id }: PasswordOwner, version: string, endsAt: string): string {
    return this.#hmac(`unlock ${kind} ${id} ${version} ${endsAt}`);
  }

  #hmac(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

/** Values of the cookies called `name`; quotes are left on, since we set none. */
function* valuesOf(header: string, name: string): Generator<string> {
  const wanted = `${name}=`;
  let found = 0;
  for (let at = header.indexOf(wanted); at >= 0; at = header.indexOf(wanted, at + 1)) {
    if (++found > MAX_CANDIDATES) return;
    if (at > 0 && header[at - 1] !== ' ' && header[at - 1] !== ';') continue;
    const start = at + wanted.length;
    const end = header.indexOf(';', start);
    yield header.slice(start, end < 0 ? undefined : end).trim();
  }
}

/** Compares texts rather than the bytes they encode: base64 has several spellings of one value. */
function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
