import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { PasswordInForce } from './decision.ts';
import { passwordVersion } from './link-password.ts';
import { UnlockCookies } from './unlock-cookie.ts';

const NOW = 1_800_000_000_000;
const LIFETIME_MS = 12 * 60 * 60 * 1000;
const OF_LINK: PasswordInForce = { owner: { kind: 'link', id: 7 }, hash: '$argon2id$one' };
const OF_GROUP: PasswordInForce = { owner: { kind: 'group', id: 7 }, hash: '$argon2id$one' };

const cookies = new UnlockCookies('secret of the instance', false);

/** As the browser sends it back. */
const sentBack = (setCookie: string) => setCookie.split(';', 1)[0] as string;
const issued = (password = OF_LINK, by = cookies) => sentBack(by.issue(password, '/sale', NOW));
const opens = (header: string | undefined, password = OF_LINK, now = NOW) =>
  cookies.unlocked(header, password, now) === passwordVersion(password.hash);

describe('a cookie for a password that was entered', () => {
  it('opens what the password protects, for as long as it lives', () => {
    expect(opens(issued())).toBe(true);
    expect(opens(issued(), OF_LINK, NOW + LIFETIME_MS - 1)).toBe(true);
    expect(opens(issued(), OF_LINK, NOW + LIFETIME_MS)).toBe(false);
    expect(opens(issued(OF_GROUP), OF_GROUP)).toBe(true);
  });

  it('is for scripts of nobody, for twelve hours, and goes where it is needed', () => {
    expect(cookies.issue(OF_LINK, '/share/%EB%B4%84', NOW)).toMatch(
      /^sy_[\w-]{16}=[0-9a-z]+\.[\w-]{43}; Path=\/share\/%EB%B4%84; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    expect(cookies.issue(OF_GROUP, '/', NOW)).toContain('; Path=/; ');
    const secure = new UnlockCookies('secret of the instance', true);
    expect(secure.issue(OF_LINK, '/sale', NOW)).toMatch(/; SameSite=Lax; Secure$/);
  });

  it('opens nothing else: no other link, no group of the same number, no later password, nobody’s else', () => {
    expect(opens(issued(), { ...OF_LINK, owner: { kind: 'link', id: 8 } })).toBe(false);
    expect(opens(issued(), OF_GROUP)).toBe(false);
    expect(opens(issued(OF_GROUP), OF_LINK)).toBe(false);
    expect(opens(issued(), { ...OF_LINK, hash: '$argon2id$two' })).toBe(false);
    expect(opens(issued(OF_LINK, new UnlockCookies('another secret', false)))).toBe(false);
  });

  it('opens nothing under the name of another', () => {
    const value = issued().split('=')[1];
    const nameOfGroup = issued(OF_GROUP).split('=')[0];
    expect(opens(`${nameOfGroup}=${value}`, OF_GROUP)).toBe(false);
  });

  it('is found among others, doubled and beside forged ones', () => {
    const good = issued();
    const name = good.split('=')[0];
    expect(opens(`theme=dark; ${good}; lang=ko`)).toBe(true);
    expect(opens(`theme=dark;${good}`)).toBe(true);
    expect(opens(`${good}; ${good}`)).toBe(true);
    expect(opens(`${name}=forged; ${good}`)).toBe(true);
    expect(opens(`x${good}`)).toBe(false);
    expect(opens(`"${good}"`)).toBe(false);
    expect(opens(undefined)).toBe(false);
    expect(opens('')).toBe(false);
  });

  test('with any character altered, added or left out it opens nothing', () => {
    const good = issued();
    const start = good.indexOf('=') + 1;
    const position = fc.integer({ min: start, max: good.length - 1 });
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(position, character, fc.constantFrom('alter', 'add', 'cut'), (at, other, how) => {
        const altered =
          how === 'cut'
            ? good.slice(0, at) + good.slice(at + 1)
            : good.slice(0, at) + other + good.slice(how === 'alter' ? at + 1 : at);
        // What stands behind a semicolon is another cookie.
        fc.pre(altered.split(';')[0] !== good);
        expect(opens(altered)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('whatever is sent instead is looked at for a moment and opens nothing', () => {
    const name = issued().split('=')[0];
    const junk = fc.string({
      unit: fc.oneof(
        fc.constantFrom(`${name}=`, ';', '=', '; ', '.', '"', '%', 'a'.repeat(43)),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
    });
    fc.assert(
      fc.property(junk, (header) => {
        expect(cookies.unlocked(header, OF_LINK, NOW)).toBeNull();
      }),
    );
    const endless = `${name}=zzzzzzz.${'A'.repeat(43)}; `.repeat(1_500);
    expect(endless.length).toBeGreaterThan(90_000);
    expect(opens(endless + issued())).toBe(false);
  });
});
