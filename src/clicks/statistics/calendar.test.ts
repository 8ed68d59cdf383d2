import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { LocalClock } from '../../accounts/local-clock.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import { bucketTable, Calendar } from './calendar.ts';
import type { Interval } from './question.ts';

const ZONES = [
  'UTC',
  'Asia/Seoul',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/New_York',
  'America/Havana',
  'Pacific/Chatham',
  'Africa/Casablanca',
];

/** First instant of the interval that an instant falls into, asked of Temporal alone. */
function startOf(interval: Interval, at: number, timeZone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  switch (interval) {
    case 'hour':
      return new LocalClock(timeZone).hourStart(at);
    case 'day':
      return local.startOfDay().epochMilliseconds;
    case 'week':
      return local.subtract({ days: local.dayOfWeek - 1 }).startOfDay().epochMilliseconds;
    case 'month':
      return local.with({ day: 1 }).startOfDay().epochMilliseconds;
  }
}

const zone = fc.constantFrom(...ZONES);
const YEAR = 365 * 96;
/** Between 2020 and 2040. */
const quarter = fc.integer({ min: 50 * YEAR, max: 70 * YEAR });

describe('calendar', () => {
  test.each(['hour', 'day', 'week', 'month'] as const)(
    'every quarter is in the %s Temporal says',
    (interval) => {
      fc.assert(
        fc.property(
          zone,
          quarter,
          fc.integer({ min: 1, max: 96 * 400 }),
          fc.nat(),
          (timeZone, from, length, pick) => {
            const to = from + length;
            const starts = new Calendar(timeZone, from, to).starts(interval);
            expect(starts[0]).toBe(from);
            for (let n = 0; n < 20; n++) {
              const asked = from + ((pick + n * 7_919) % length);
              const bucket = bucketTable(starts, asked, asked + 1)[0] as number;
              const expected = startOf(interval, asked * QUARTER_MS, timeZone) / QUARTER_MS;
              expect(starts[bucket]).toBe(Math.max(from, expected));
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  test('starts ascend, and each is where Temporal says that an interval starts', () => {
    fc.assert(
      fc.property(
        zone,
        quarter,
        fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const),
        (timeZone, from, interval) => {
          const days = { hour: 3, day: 40, week: 200, month: 900 }[interval];
          const starts = new Calendar(timeZone, from, from + 96 * days).starts(interval);
          for (const [index, start] of starts.entries()) {
            if (index === 0) continue;
            expect(start).toBeGreaterThan(starts[index - 1] as number);
            expect(startOf(interval, start * QUARTER_MS, timeZone)).toBe(start * QUARTER_MS);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('hours and weekdays are those of the local clock', () => {
    fc.assert(
      fc.property(
        zone,
        quarter,
        fc.integer({ min: 1, max: 96 * 370 }),
        fc.nat(),
        (timeZone, from, length, pick) => {
          const calendar = new Calendar(timeZone, from, from + length);
          const [hours, weekdays] = [calendar.hoursOfDay(), calendar.weekdays()];
          for (let n = 0; n < 20; n++) {
            const index = (pick + n * 104_729) % length;
            const local = Temporal.Instant.fromEpochMilliseconds(
              (from + index) * QUARTER_MS,
            ).toZonedDateTimeISO(timeZone);
            expect([hours[index], weekdays[index]]).toEqual([local.hour, local.dayOfWeek]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ['America/New_York', '2025-11-02', 25],
    ['America/New_York', '2025-03-09', 23],
    // Clocks go back from 2:00 to 1:30, and jump from 2:00 to 2:30: one hour is longer, one shorter.
    ['Australia/Lord_Howe', '2025-04-06', 24],
    ['Australia/Lord_Howe', '2025-10-05', 24],
    ['Asia/Kathmandu', '2025-06-01', 24],
  ])('a day in %s on %s has the hours its clocks show', (timeZone, day, hours) => {
    const [from, to] = [0, 1].map(
      (days) =>
        Temporal.PlainDate.from(day).add({ days }).toZonedDateTime(timeZone).epochMilliseconds / QUARTER_MS,
    ) as [number, number];
    const calendar = new Calendar(timeZone, from, to);
    expect(calendar.starts('hour')).toHaveLength(hours);
    expect(calendar.starts('day')).toEqual([from]);
  });
});
