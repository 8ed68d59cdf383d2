import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  codeProblem,
  generateCode,
  LONGEST_CODE,
  normalizeCode,
  RESERVED_SEGMENTS,
  ReservedSegments,
} from './code.ts';

const reserved = new ReservedSegments();
const isGood = (code: string): boolean => codeProblem(code, reserved) === undefined;

describe('codes chosen by hand', () => {
  it.each(['a', 'Summer-Sale_2027', '봄세일', 'セール', 'été', 'v2.1', 'a..b', 'ünïcödé.7', '_', '-', '٣'])(
    'may be "%s"',
    (code) => expect(codeProblem(code, reserved)).toBeUndefined(),
  );

  it.each([
    '',
    '.',
    '..',
    '...',
    '.hidden',
    'end.',
    '../x',
    '../../etc/passwd',
    'a/b',
    '/a',
    'a/',
    'a\\b',
    '%2e%2e',
    '%2E%2E%2Fx',
    '%61pi',
    'a b',
    ' a',
    'a\u00a0b',
    'a\tb',
    'a\nb',
    'a\r\nSet-Cookie: x',
    'a\0b',
    'a?b',
    'a#b',
    'a&b',
    'a+b',
    'a:b',
    'a@b',
    'a;b',
    'a"b',
    "a'b",
    'a<b>',
    'a\u200bb',
    'a\u202eb',
    '\ud83d',
    '😀',
    'x'.repeat(LONGEST_CODE + 1),
  ])('may not be %j', (code) => expect(codeProblem(code, reserved)).toEqual(expect.any(String)));

  it(`may have ${LONGEST_CODE} characters`, () => expect(isGood('x'.repeat(LONGEST_CODE))).toBe(true));

  it('have one spelling a letter', () => {
    expect(normalizeCode('e\u0301te\u0301')).toBe('été');
    expect(normalizeCode('봄'.normalize('NFD'))).toBe('봄');
    expect(isGood('봄'.normalize('NFD'))).toBe(true);
  });

  test('consist of letters, marks, digits, "-", "_" and inner dots, and survive a URL', () => {
    let good = 0;
    const unit = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'aZ09_-.'.split(''), '봄', 'é', 'e\u0301', 'ß') },
      { weight: 1, arbitrary: fc.constantFrom('/', '%', '.', '..', ' ', '?', '#', '\0', '\u202e', '\ud800') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (given) => {
        const code = normalizeCode(given);
        if (!isGood(code)) return;
        good++;
        expect(code).toMatch(/^[\p{L}\p{M}\p{N}_-]([\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_-])?$/u);
        const { pathname, search, hash } = new URL(`https://go.example/${encodeURI(code)}`);
        expect([decodeURIComponent(pathname).normalize('NFC'), search, hash]).toEqual([`/${code}`, '', '']);
      }),
      { numRuns: 2_000 },
    );
    expect(good).toBeGreaterThan(100);
  });
});

describe('reserved words', () => {
  /** Ruling 15. */
  const RULED =
    'api app v1 1.0 group stats qr sw.js assets login dashboard docs healthz readyz metrics robots.txt favicon.ico .well-known';

  it.each(RULED.split(' '))('keep "%s", however it is written', (word) => {
    for (const code of [word, word.toUpperCase(), `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`]) {
      expect(reserved.has(code)).toBe(true);
      expect(isGood(code)).toBe(false);
    }
  });

  it('are themselves in lower case, or they would never be found', () => {
    expect(RESERVED_SEGMENTS.filter((word) => word !== word.toLowerCase())).toEqual([]);
  });

  it('are whole words', () => {
    expect(['apis', 'my-api', 'v10', 'logins'].every(isGood)).toBe(true);
  });

  it('grow with the routes, of each instance on its own', () => {
    const own = new ReservedSegments();
    own.add('Hooks');
    own.add('');
    expect(codeProblem('hooks', own)).toEqual(expect.any(String));
    expect(own.has('')).toBe(false);
    expect(isGood('hooks')).toBe(true);
  });
});

describe('generated codes', () => {
  it('are eight characters of base 62, good as any chosen by hand, and do not repeat', () => {
    const codes = Array.from({ length: 20_000 }, generateCode);
    for (const code of codes) expect(code).toMatch(/^[0-9A-Za-z]{8}$/);
    expect(codes.filter((code) => !isGood(code))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(codes.join('')).size, 'the whole alphabet is used').toBe(62);
  });
});
