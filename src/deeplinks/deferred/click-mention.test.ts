import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clickIdOf, clickInReferrer, clickInUrl } from './click-mention.ts';

const ID = '0199f3a1c2d37e4fa5b6c7d8e9f01234';

test.each([
  [`click_id=${ID}`],
  [`utm_source=mail&click_id=${ID}`],
  [`utm_source%3Dmail%26click_id%3D${ID}`],
  [`click_id=none&click_id=${ID}`],
  [`click_id=${ID.toUpperCase()}`],
])('the install referrer "%s" names the click', (referrer) => {
  expect(clickInReferrer(referrer)).toBe(ID);
});

test.each(['', 'utm_source=google-play&utm_medium=organic', `clickid=${ID}`, 'click_id=', `click_id=${ID}0`])(
  'the install referrer "%s" names none',
  (referrer) => {
    expect(clickInReferrer(referrer)).toBeUndefined();
  },
);

test('a URL names a click in its query alone', () => {
  expect(clickInUrl(`https://go.test/abc?click_id=${ID}#x`)).toBe(ID);
  expect(clickInUrl(`https://go.test/abc#click_id=${ID}`)).toBeUndefined();
  expect(clickInUrl(`https://go.test/${ID}`)).toBeUndefined();
});

test('whatever is said, a click id is 32 digits or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      for (const id of [clickIdOf(text), clickInReferrer(text), clickInUrl(text)]) {
        if (id !== undefined) expect(id).toMatch(/^[0-9a-f]{32}$/);
      }
    }),
  );
});
