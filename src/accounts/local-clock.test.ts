import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalClock } from './local-clock.ts';

const ZONES = [
  'Asia/Seoul',
  'Asia/Kathmandu', // 45 minutes
  'Asia/Kolkata',
  'Australia/Adelaide', // 30 minutes, and daylight saving
  'Australia/Lord_Howe', // the clocks change by 30 minutes
  'America/New_York',
  'America/Sao_Paulo',
  'Africa/Cairo', // changes at midnight
  'Pacific/Apia',
  'UTC',
];

const from = Date.UTC(2024, 0, 1);
const until = Date.UTC(2028, 0, 1);

/** What the clocks show, as the platform's own calendar says it. */
function shown(at: number, timeZone: string, unit: 'hour' | 'day'): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    ...(unit === 'hour' ? { timeStyle: 'short', hourCycle: 'h23' } : {}),
  });
  return format.format(at).replace(/:\d\d$/, '');
}

test('hours and days begin where the clocks say so', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: from, max: until }), (zone, at) => {
      const clock = new LocalClock(zone);
      const day = clock.dayStart(at);
      expect(day).toBeLessThanOrEqual(at);
      expect(shown(day, zone, 'day')).toBe(shown(at, zone, 'day'));
      expect(shown(day - 1, zone, 'day')).not.toBe(shown(at, zone, 'day'));
      const hour = clock.hourStart(at);
      expect(hour).toBeGreaterThanOrEqual(day);
      expect(hour).toBeLessThanOrEqual(at);
      expect(shown(hour, zone, 'hour')).toBe(shown(at, zone, 'hour'));
      expect(clock.hourStart(hour)).toBe(hour);
    }),
    { numRuns: 2_000 },
  );
});

test('days of 23 and 25 hours, and an hour that is shown twice', () => {
  const clock = new LocalClock('America/New_York');
  const hoursOf = (noon: number) => {
    const day = clock.dayStart(noon);
    const next = clock.dayStart(day + 30 * 3_600_000);
    const hours = new Set<number>();
    for (let at = day; at < next; at += 900_000) hours.add(clock.hourStart(at));
    return { length: (next - day) / 3_600_000, hours: hours.size };
  };
  expect(hoursOf(Date.UTC(2026, 2, 8, 16))).toEqual({ length: 23, hours: 23 });
  expect(hoursOf(Date.UTC(2026, 10, 1, 16))).toEqual({ length: 25, hours: 25 });
  expect(hoursOf(Date.UTC(2026, 6, 1, 16))).toEqual({ length: 24, hours: 24 });
});

test('clocks that are put back into the midst of an hour', () => {
  const chatham = new LocalClock('Pacific/Chatham');
  const change = Date.UTC(2026, 3, 4, 14); // 03:45 becomes 02:45
  expect(chatham.hourStart(change - 1)).toBe(change - 45 * 60_000);
  expect(chatham.hourStart(change + 5 * 60_000)).toBe(change);
  expect(chatham.hourStart(change + 20 * 60_000)).toBe(change + 15 * 60_000);
  const lordHowe = new LocalClock('Australia/Lord_Howe');
  const back = Date.UTC(2026, 3, 4, 15); // 02:00 becomes 01:30
  expect(lordHowe.hourStart(back + 5 * 60_000)).toBe(back - 60 * 60_000);
});
