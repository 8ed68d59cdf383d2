import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { instantOfLocalTime, localTimeOf } from './local-time.ts';

describe('instantOfLocalTime', () => {
  it.each([
    ['2026-03-01 00:00:00', 'Asia/Seoul', '2026-02-28T15:00:00Z'],
    ['2026-03-31 23:59:59', 'UTC', '2026-03-31T23:59:59Z'],
    ['2026-03-31 23:59:59', 'Asia/Kathmandu', '2026-03-31T18:14:59Z'],
    ['2026-06-01 12:00:00', 'Australia/Lord_Howe', '2026-06-01T01:30:00Z'],
    // Skipped: the clocks go from 2 to 3, and on Lord Howe by half an hour only.
    ['2026-03-29 02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-10-04 02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
    // Twice: the earlier.
    ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
  ])('%s in %s', (text, timeZone, iso) => {
    expect(instantOfLocalTime(text, timeZone)).toBe(Date.parse(iso));
  });

  it.each([
    '',
    'tomorrow',
    '2026-03-01',
    '2026-03-01T00:00:00',
    '2026-03-01 00:00',
    '2026-03-01 00:00:00Z',
    ' 2026-03-01 00:00:00',
    '2026-02-30 00:00:00',
    '2026-13-01 00:00:00',
    '2026-03-01 24:00:00',
    '2026-03-01 00:00:60',
    '0000-00-00 00:00:00',
    '2026-03-01 00:00:00\n',
  ])('%j is no local time', (text) => {
    expect(instantOfLocalTime(text, 'Asia/Seoul')).toBeUndefined();
  });

  test('what the clocks show leads back to the instant, outside the hour that happens twice', () => {
    const zone = fc.constantFrom('Asia/Seoul', 'UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns');
    const second = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) / 1000 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(second, zone, (at, timeZone) => {
        const shown = localTimeOf(at, timeZone);
        const back = instantOfLocalTime(shown, timeZone) as number;
        expect(localTimeOf(back, timeZone)).toBe(shown);
        expect([0, 3_600_000]).toContain(at - back);
      }),
    );
  });
});
