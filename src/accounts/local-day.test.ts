import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalClock } from './local-clock.ts';
import {
  addDays,
  dayOf,
  daysBetween,
  hourOf,
  isLocalDay,
  offsetTimeOf,
  startOfDay,
  unitsBegun,
} from './local-day.ts';

const ZONES = [
  'Asia/Seoul',
  'UTC',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/New_York',
  'America/Sao_Paulo',
  'Pacific/Apia',
];
const HOUR_MS = 3_600_000;
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2060, 0) });

describe('days of a clock', () => {
  test('are those that a calendar has, from 1970 to 9999', () => {
    for (const day of ['1970-01-01', '2024-02-29', '9999-12-31']) expect(isLocalDay(day), day).toBe(true);
    for (const text of [
      '1969-12-31',
      '2023-02-29',
      '2026-13-01',
      '2026-3-1',
      '20260301',
      '',
      '+02026-03-01',
    ]) {
      expect(isLocalDay(text), text).toBe(false);
    }
  });

  test('begin where the clock of ingest says they begin', () => {
    fc.assert(
      fc.property(instant, zone, (at, timeZone) => {
        const start = startOfDay(dayOf(at, timeZone), timeZone);
        expect(start).toBe(new LocalClock(timeZone).dayStart(at));
        expect(dayOf(start - 1, timeZone)).not.toBe(dayOf(start, timeZone));
      }),
    );
  });

  test('can be counted on and back', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -500, max: 500 }), (at, days) => {
        const day = dayOf(at, 'UTC');
        expect(daysBetween(day, addDays(day, days))).toBe(days);
      }),
    );
  });

  test('that a zone has skipped are no time', () => {
    // Samoa crossed the date line: 2011-12-30 never was.
    expect(startOfDay('2011-12-30', 'Pacific/Apia')).toBe(startOfDay('2011-12-31', 'Pacific/Apia'));
    expect(startOfDay('1970-01-01', 'Asia/Seoul')).toBe(0);
  });
});

test('an instant as clocks show it, with their distance from UTC', () => {
  const at = Date.UTC(2026, 2, 31, 14, 59, 59);
  expect(offsetTimeOf(at, 'Asia/Seoul')).toBe('2026-03-31T23:59:59+09:00');
  expect(offsetTimeOf(at, 'Asia/Kathmandu')).toBe('2026-03-31T20:44:59+05:45');
  expect(hourOf(at, 'Asia/Kathmandu')).toBe(20);
});

describe('units that have begun', () => {
  test('as if they were counted one by one', () => {
    const spans = {
      hour: HOUR_MS * 60,
      day: HOUR_MS * 24 * 40,
      week: HOUR_MS * 24 * 90,
      month: HOUR_MS * 24 * 400,
    };
    const unit = fc.constantFrom('hour', 'day', 'week', 'month');
    fc.assert(
      fc.property(
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        zone,
        unit,
        (from, part, timeZone, one) => {
          const to = from + 1 + Math.floor(part * spans[one]);
          const clock = new LocalClock(timeZone);
          const names = new Set<string | number>();
          // Steps that hit every hour; the last millisecond belongs to the range.
          for (let at = from; ; at = Math.min(at + HOUR_MS / 4, to - 1)) {
            names.add(nameOf(at, timeZone, one, clock));
            if (at === to - 1) break;
          }
          expect(unitsBegun(from, to, one, timeZone)).toBe(names.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('none in no time', () => {
    expect(unitsBegun(5, 5, 'hour', 'UTC')).toBe(0);
  });
});

function nameOf(at: number, timeZone: string, unit: 'hour' | 'day' | 'week' | 'month', clock: LocalClock) {
  if (unit === 'hour') return clock.hourStart(at);
  const day = dayOf(at, timeZone);
  if (unit === 'day') return day;
  // The first Monday of 1970 was the fifth.
  if (unit === 'week') return Math.floor(daysBetween('1970-01-05', day) / 7);
  return day.slice(0, 7);
}
