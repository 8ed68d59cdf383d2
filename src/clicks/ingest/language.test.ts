import fc from 'fast-check';
import { expect, test } from 'vitest';
import { preferredLanguage } from './language.ts';

test.each([
  ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
  ['en;q=0.3, ja;q=0.8', 'ja'],
  ['en;q=0.8, ja;q=0.8', 'en'],
  ['KO-kr', 'ko'],
  ['zh-Hant-TW;q=0.9', 'zh'],
  ['yue', 'yue'],
  ['fr ; q=0.5', 'fr'],
  ['*, de;q=0.1', 'de'],
  ['xx-XX, de;q=0.1', 'de'],
  // Not this language; nothing that can be read; more than everything.
  ['ko;q=0, en;q=0.1', 'en'],
  ['ko;q=high, en;q=0.1', 'en'],
  ['ko;q=9, en;q=0.1', 'en'],
  // Names of old, and what is no language.
  ['iw', 'he'],
  ['in-ID', 'id'],
  ['cmn', 'zh'],
  ['und', ''],
  ['mul', ''],
  ['zxx', ''],
  ['', ''],
  ['*', ''],
  ['qqq', ''],
  ['korean', ''],
  ['<script>', ''],
])('of %j the language is %j', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

test('a header of any length is read as far as browsers write', () => {
  expect(preferredLanguage(`${'x,'.repeat(100)}ko`)).toBe('ko');
  expect(preferredLanguage(`${'x,'.repeat(1_000)}ko`)).toBe('');
});

test('whatever is sent, the answer is the code of a language or nothing', () => {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  const range = fc.oneof(
    fc.stringMatching(/^[A-Za-z]{1,4}(-[A-Za-z0-9]{2,4})?$/),
    fc.string({ unit: 'binary' }),
  );
  const item = fc
    .tuple(range, fc.constantFrom('', ';q=0.5', ';q=1', ';q=', ';;', ';q=0.1234'))
    .map((both) => both.join(''));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), (items) => {
      const language = preferredLanguage(items.join(','));
      if (language === '') return;
      expect(language).toMatch(/^[a-z]{2,3}$/);
      expect(names.of(language)).toBeDefined();
    }),
    { numRuns: 1_000 },
  );
});
