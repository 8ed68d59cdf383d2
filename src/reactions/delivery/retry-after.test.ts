import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const DAY_MS = 24 * 60 * 60_000;

it('takes seconds and HTTP dates, a day at most', () => {
  expect(retryAfterMs('120', NOW)).toBe(120_000);
  expect(retryAfterMs(' 120 ', NOW)).toBe(120_000);
  expect(retryAfterMs(new Date(NOW + 90_000).toUTCString(), NOW)).toBe(90_000);
  expect(retryAfterMs('99999999', NOW)).toBe(DAY_MS);
  expect(retryAfterMs(new Date(NOW + 9 * DAY_MS).toUTCString(), NOW)).toBe(DAY_MS);
});

it('leaves alone what says nothing', () => {
  for (const text of [
    undefined,
    '',
    '0',
    '-5',
    '1.5',
    'soon',
    '2030-01-01',
    new Date(NOW - 1_000).toUTCString(),
  ])
    expect(retryAfterMs(text, NOW), String(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      const wait = retryAfterMs(text, NOW) ?? 1;
      expect(wait > 0 && wait <= DAY_MS).toBe(true);
    }),
  );
});
