import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, dayOf } from '../../accounts/local-day.ts';
import type { SeriesPoint } from '../../clicks/statistics/question.ts';
import { countsByDay, countsByHour, rangeOf } from './statistics-translation.ts';

const HOUR_MS = 3_600_000;
const ZONES = ['Asia/Seoul', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York', 'Pacific/Apia'];

function point(from: number, to: number, clicks = 1): SeriesPoint {
  return {
    from,
    to,
    clicks,
    visitors: 0,
    hourlyVisitors: 2 * clicks,
    dailyVisitors: 3 * clicks,
    newVisitors: 0,
    qrScans: 0,
    repeats: 0,
    automated: 0,
    crawlers: 0,
  };
}

test('every day of a span is listed once, with what its point says', () => {
  const day = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2050, 0) }).map((at) => dayOf(at, 'UTC'));
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 31 }), fc.constantFrom(...ZONES), (first, more, timeZone) => {
      const last = addDays(first, more);
      const days = Array.from({ length: more + 1 }, (_, index) => addDays(first, index));
      const ranges = days.map((one) => rangeOf(one, one, timeZone));
      // A day that was skipped has no point.
      const series = ranges.filter(({ from, to }) => from < to).map(({ from, to }) => point(from, to));
      const counts = countsByDay(first, last, series, timeZone);
      expect(counts.map(({ ymd }) => ymd)).toEqual(days);
      expect(counts.reduce((sum, { acesCnt }) => sum + acesCnt, 0)).toBe(series.length);
      for (const { acesCnt, pernCnt } of counts) expect(pernCnt).toBe(acesCnt * 3);
      expect(countsByDay(first, last, [], timeZone).every(({ acesCnt }) => acesCnt === 0)).toBe(true);
    }),
  );
});

test.each([
  ['an ordinary day', '2026-06-01', 'America/New_York', Array(24).fill(1)],
  [
    'a day of 23 hours',
    '2026-03-08',
    'America/New_York',
    Array.from({ length: 24 }, (_, hour) => (hour === 2 ? 0 : 1)),
  ],
  [
    'a day of 25 hours',
    '2026-11-01',
    'America/New_York',
    Array.from({ length: 24 }, (_, hour) => (hour === 1 ? 2 : 1)),
  ],
  ['a day that never was', '2011-12-30', 'Pacific/Apia', Array(24).fill(0)],
])('%s has twenty-four hours', (_, ymd, timeZone, clicks) => {
  const { from, to } = rangeOf(ymd, ymd, timeZone);
  const series: SeriesPoint[] = [];
  for (let at = from; at < to; at += HOUR_MS) series.push(point(at, at + HOUR_MS));
  const hours = countsByHour(ymd, series, timeZone);
  expect(hours.map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
  expect(hours.map(({ acesCnt }) => acesCnt)).toEqual(clicks);
  for (const { acesCnt, pernCnt } of hours) expect(pernCnt).toBe(acesCnt * 2);
  expect(hours.every((one) => one.ymd === ymd)).toBe(true);
});
