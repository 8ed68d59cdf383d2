import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it, test } from 'vitest';
import {
  keptQuery,
  MOST_DAYS,
  PERIOD_PROBLEMS,
  queryOf,
  readPeriod,
  type ViewedPeriod,
} from './viewed-period.ts';

const SEOUL = 'Asia/Seoul';
const NOW = Date.parse('2026-03-31T14:20:00+09:00');
const ZONES = [
  'Asia/Seoul',
  'UTC',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/New_York',
  'Pacific/Kiritimati',
];

const read = (query: string, timeZone = SEOUL, now = NOW) =>
  readPeriod(new URLSearchParams(query), timeZone, now);
const iso = ({ from, to }: { from: number; to: number }) =>
  [from, to].map((at) =>
    Temporal.Instant.fromEpochMilliseconds(at)
      .toZonedDateTimeISO(SEOUL)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' }),
  );

describe('readPeriod', () => {
  it.each([
    ['', ['2026-03-02T00:00', '2026-04-01T00:00'], ['2026-01-31T00:00', '2026-03-01T14:20'], 'day'],
    [
      'range=today',
      ['2026-03-31T00:00', '2026-04-01T00:00'],
      ['2026-03-30T00:00', '2026-03-30T14:20'],
      'hour',
    ],
    ['range=7d', ['2026-03-25T00:00', '2026-04-01T00:00'], ['2026-03-18T00:00', '2026-03-24T14:20'], 'day'],
    // February has no 31st: what came of it by its last day is all that can be compared.
    [
      'range=month',
      ['2026-03-01T00:00', '2026-04-01T00:00'],
      ['2026-02-01T00:00', '2026-02-28T14:20'],
      'day',
    ],
    [
      'range=last-month',
      ['2026-02-01T00:00', '2026-03-01T00:00'],
      ['2026-01-01T00:00', '2026-02-01T00:00'],
      'day',
    ],
    [
      'range=12m',
      ['2025-04-01T00:00', '2026-04-01T00:00'],
      ['2024-04-01T00:00', '2025-03-31T14:20'],
      'month',
    ],
    [
      'from=2026-03-01&to=2026-03-10',
      ['2026-03-01T00:00', '2026-03-11T00:00'],
      ['2026-02-19T00:00', '2026-03-01T00:00'],
      'day',
    ],
    [
      'from=2026-03-30&to=',
      ['2026-03-30T00:00', '2026-04-01T00:00'],
      ['2026-03-28T00:00', '2026-03-29T14:20'],
      'hour',
    ],
    [
      'from=2025-03-01&to=2099-01-01',
      ['2025-03-01T00:00', '2026-04-01T00:00'],
      ['2024-01-30T00:00', '2025-02-28T14:20'],
      'week',
    ],
  ])('%j', (query, current, previous, interval) => {
    const period = read(query) as ViewedPeriod;
    expect({
      current: iso(period.current),
      previous: iso(period.previous),
      interval: period.interval,
    }).toEqual({ current, previous, interval });
  });

  it.each([
    ['range=fortnight', 'unknownRange'],
    ['range=__proto__', 'unknownRange'],
    ['from=yesterday', 'badDate'],
    ['from=2026-02-30', 'badDate'],
    ['from=2026-1-1', 'badDate'],
    ['from=1969-12-31&to=2026-01-01', 'badDate'],
    ['from=2026-01-01&to=99999-01-01', 'badDate'],
    ['from=2026-01-01T00:00:00Z', 'badDate'],
    ['to=2026-01-01', 'noFirstDay'],
    ['from=2026-03-02&to=2026-03-01', 'order'],
    ['from=2026-04-01', 'future'],
    ['from=2027-01-01&to=2027-02-01', 'future'],
    ['from=2016-01-01&to=2026-03-01', 'tooLong'],
    [`from=${'9'.repeat(9_000)}`, 'badDate'],
  ])('refuses %j', (query, problem) => {
    expect(read(query)).toBe(problem);
  });

  it('shows ten years', () => {
    expect(read('from=2016-04-01&to=2026-03-31')).toMatchObject({
      interval: 'month',
      firstDay: '2016-04-01',
    });
  });

  test('any day at any instant in any zone: whole local days, the earlier period before the later', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1970, 3), max: Date.UTC(2200, 0) }),
        fc.oneof(
          fc.constantFrom(
            'range=today',
            'range=7d',
            'range=30d',
            'range=month',
            'range=last-month',
            'range=12m',
          ),
          fc
            .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 28 }))
            .map(
              ([year, day]) => `from=20${String(year).padStart(2, '0')}-02-${String(day).padStart(2, '0')}`,
            ),
        ),
        (timeZone, now, query) => {
          const period = read(query, timeZone, now);
          if (typeof period === 'string') {
            expect(['future', 'tooLong']).toContain(period);
            return;
          }
          const { current, previous } = period;
          expect(previous.from).toBeGreaterThanOrEqual(0);
          expect(previous.from).toBeLessThanOrEqual(previous.to);
          expect(previous.to).toBeLessThanOrEqual(Math.max(0, current.from));
          expect(current.from).toBeLessThan(current.to);
          expect(current.from).toBeLessThanOrEqual(now);
          const day = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
          for (const at of [current.from, current.to])
            expect(day(at).startOfDay().epochMilliseconds).toBe(at);
          expect(day(current.from).toPlainDate().toString()).toBe(period.firstDay);
          expect(
            day(current.to - 1)
              .toPlainDate()
              .toString(),
          ).toBe(period.lastDay);
          expect(read(queryOf(period), timeZone, now)).toEqual(period);
        },
      ),
    );
  });

  test('any query: a period or one of the problems', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('2026-01-01', '2026-13-01', '-000001-01', 'today', ''),
    );
    fc.assert(
      fc.property(part, part, part, (from, to, range) => {
        const period = read(new URLSearchParams({ from, to, range }).toString());
        if (typeof period === 'string') expect(PERIOD_PROBLEMS).toContain(period);
        else
          expect((period.current.to - period.current.from) / 86_400_000).toBeLessThanOrEqual(MOST_DAYS + 1);
      }),
    );
  });
});

test('a query keeps what a page understands, and nothing that could say anything else', () => {
  const kept = (query: string) => keptQuery(new URLSearchParams(query));
  expect(kept('?range=7d&utm_source=x&format=csv')).toBe('range=7d&format=csv');
  expect(kept('from=2026-01-01&to=2026-02-01')).toBe('from=2026-01-01&to=2026-02-01');
  expect(kept('range=7d%0d%0aSet-Cookie:x&from=%22%3E')).toBe('');
  fc.assert(
    fc.property(fc.string(), fc.string(), (range, from) => {
      expect(keptQuery(new URLSearchParams({ range, from }))).toMatch(/^[\w=&-]{0,40}$/);
    }),
  );
});
