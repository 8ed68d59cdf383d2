import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../languages.ts';
import { chooseLanguage } from './language.ts';

describe('chooseLanguage', () => {
  it.each<[string | undefined, Language]>([
    [undefined, 'en'],
    ['', 'en'],
    ['ko', 'ko'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
    ['JA-jp', 'ja'],
    ['ja , en ; q=0.9', 'ja'],
    ['en;q=0.5, ja;q=0.8', 'ja'],
    ['en;q=0.8, ja;q=0.8', 'en'],
    ['ja;q=0.8, en;q=0.8', 'ja'],
    ['fr-FR, fr;q=0.9', 'en'],
    ['fr, ko;q=0.3', 'ko'],
    ['*', 'en'],
    ['ja;q=0.5, *;q=0.5', 'ja'],
    ['ja;q=0.2, *;q=0.9', 'en'],
    ['en;q=0, *', 'ko'],
    ['ko;q=0', 'en'],
    ['ko;q=0.8, ko-KR;q=0.1, en;q=0.5', 'ko'],
    // Broken qualities say nothing.
    ['ko;q=2, ja;q=0.1', 'ja'],
    ['ko;q=nonsense, ja;q=0.1', 'ja'],
    ['ko;q=-1', 'en'],
    ['ko;q=', 'en'],
    ['ko;level=1;q=0.9, en;q=0.8', 'ko'],
    // Words that only begin like a language of ours.
    ['korean, japanese', 'en'],
    ['jav-ID', 'en'],
    [';;,,=;q=1,-', 'en'],
  ])('reads %j as %s', (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });

  it('never reads a part cut in half', () => {
    const filler = `${'x'.repeat(503)},`; // leaves room for `ko;q=0.1` without its last digits
    expect(chooseLanguage(`${filler}ko;q=0.001,ja;q=1`)).toBe('en');
  });

  it('picks the same as an obvious model, for any order and quality', () => {
    const entry = fc.record({
      tag: fc.constantFrom('en', 'en-GB', 'ko', 'ko-KR', 'ja', 'ja-JP', 'fr', 'zh-Hant-TW'),
      quality: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const header = entries
          .map(({ tag, quality }) => `${tag};q=${(quality / 1000).toFixed(3)}`)
          .join(', ');
        const ours = entries.filter(({ tag, quality }) => quality > 0 && /^(en|ko|ja)/.test(tag));
        const best = Math.max(...ours.map(({ quality }) => quality));
        const winners = new Set(
          ours.filter(({ quality }) => quality === best).map(({ tag }) => tag.slice(0, 2)),
        );
        const first = entries.find(({ tag }) => winners.has(tag.slice(0, 2)));
        expect(chooseLanguage(header)).toBe(first?.tag.slice(0, 2) ?? 'en');
      }),
    );
  });

  it('answers anything, and anything long, at once', () => {
    const grain = fc.constantFrom(',', ';', '=', 'q', '*', '-', '0.', 'ko', 'ja', ' ');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: grain, maxLength: 2000 })), (header) => {
        expect(LANGUAGES).toContain(chooseLanguage(header));
      }),
    );
    const startedAt = performance.now();
    for (let round = 0; round < 100; round++) chooseLanguage('ko;q=0.1,'.repeat(100_000));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
