import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newClickId } from '../../visits/click-id.ts';
import {
  clickIdOf,
  clickInReferrer,
  clickInUrl,
  timeOfClick,
  withClick,
  withoutClick,
} from './click-mention.ts';

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

test('a click id says when it was made, where it was made by one of us', () => {
  const now = Date.UTC(2027, 0, 2);
  expect(timeOfClick(newClickId(now))).toBe(now);
  expect(timeOfClick(ID)).toBe(0x0199f3a1c2d3);
  for (const other of ['', '0'.repeat(32), ID.replace('7e4f', '4e4f'), ID.replace('a5b6', '75b6')])
    expect(timeOfClick(other), other).toBeUndefined();
});

test('a click is added to a URL, and taken away again', () => {
  expect(withClick('https://go.test/abc', ID)).toBe(`https://go.test/abc?click_id=${ID}`);
  expect(withClick('https://go.test/?link=x&d=1#f', ID)).toBe(`https://go.test/?link=x&d=1&click_id=${ID}#f`);
  const others = 'https://go.test/abc?a=%20&click_id=theirs&&b#f';
  expect(withoutClick(others)).toBe(others);
  expect(withoutClick(`https://go.test/abc?a=1&click_id=${ID}&click_id=theirs#f`)).toBe(
    'https://go.test/abc?a=1&click_id=theirs#f',
  );
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
