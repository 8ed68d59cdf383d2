import { expect, test } from 'vitest';
import { placeOf } from './place.ts';

const LINK = 7;
const AT = 'https://shop.example/p/1';

test.each([
  [`${AT}?k=v`, `${AT}?k=v&fbclid=a`],
  [`${AT}?k=v&gclid=1`, `${AT}?FBCLID=b&k=v`],
  [AT, `${AT}?`],
  [`${AT}#f`, `${AT}?msclkid#f`],
])('%s and %s are one place', (one, other) => {
  expect(placeOf(LINK, one)).toBe(placeOf(LINK, other));
});

test.each([
  [`${AT}?ref=alice`, `${AT}?ref=bob`],
  [`${AT}?utm_source=mail`, AT],
  [AT, `${AT}#f`],
  [`${AT}?a=1&b=2`, `${AT}?b=2&a=1`],
])('%s and %s are two', (one, other) => {
  expect(placeOf(LINK, one)).not.toBe(placeOf(LINK, other));
});

test('two links are two places, wherever they lead', () => {
  expect(placeOf(LINK, AT)).not.toBe(placeOf(LINK + 1, AT));
});
