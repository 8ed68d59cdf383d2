import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DIMENSIONS } from '../../clicks/statistics/question.ts';
import { readFilter, WrongFilter, writeFilter } from './statistics-filter.ts';

const CLOSED = ['qr', 'client', 'hourOfDay', 'weekday', 'route'];
const open = DIMENSIONS.filter((dimension) => !CLOSED.includes(dimension));

test('whatever values there are, a filter is read as it was written', () => {
  const value = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(',', '\\', ':', '!', 'a') }));
  const filter = fc.record({
    dimension: fc.constantFrom(...open),
    values: fc.array(value, { minLength: 1, maxLength: 5 }),
    exclude: fc.boolean(),
  });
  fc.assert(
    fc.property(filter, ({ dimension, values, exclude }) => {
      const meant = { dimension, values, ...(exclude ? { exclude } : {}) };
      expect(readFilter(writeFilter(meant))).toEqual(meant);
    }),
  );
});

test('any text at all is read or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `country:${text}`),
      ),
      (text) => {
        const read = readFilter(text);
        if (read instanceof WrongFilter) expect(read.message).toMatch(/^(must|has|names) /);
        else expect(read.values.length).toBeGreaterThan(0);
      },
    ),
  );
});

test.each([
  ['country:KR,JP', { dimension: 'country', values: ['KR', 'JP'] }],
  ['!browser:Chrome', { dimension: 'browser', values: ['Chrome'], exclude: true }],
  ['utmSource:', { dimension: 'utmSource', values: [''] }],
  ['country:KR,', { dimension: 'country', values: ['KR', ''] }],
  ['referrer:a.test:8080', { dimension: 'referrer', values: ['a.test:8080'] }],
  ['city:a\\,b,c\\\\', { dimension: 'city', values: ['a,b', 'c\\'] }],
  ['hourOfDay:0,23', { dimension: 'hourOfDay', values: ['0', '23'] }],
  ['weekday:1,7', { dimension: 'weekday', values: ['1', '7'] }],
  ['client:person,crawler', { dimension: 'client', values: ['person', 'crawler'] }],
])('%s is read', (text, filter) => {
  expect(readFilter(text)).toEqual(filter);
});

test.each([
  ['country', /a colon/],
  ['', /a colon/],
  ['Country:KR', /names no dimension; there are country, region/],
  ['constructor:x', /names no dimension/],
  ['city:a\\b', /backslash/],
  ['city:a\\', /backslash/],
  ['qr:Y', /yes or no/],
  ['client:robot', /person or automated or crawler/],
  ['hourOfDay:24', /0 to 23/],
  ['hourOfDay:01', /0 to 23/],
  ['weekday:0', /1 \(Monday\) to 7/],
  ['route:x', /numbers/],
  [`city:${'a,'.repeat(100)}`, /at most 100 values/],
  [`city:${'a'.repeat(501)}`, /at most 500 characters/],
])('%s is refused', (text, why) => {
  expect(readFilter(text)).toMatchObject({ message: expect.stringMatching(why) });
});
