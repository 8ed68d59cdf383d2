import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LATEST_INSTANT } from '../../links/setting.ts';
import { lastSecondOf, ProjectClock } from './project-clock.ts';

const ZONES = [
  'UTC',
  'Asia/Seoul',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];
const SECOND_MS = 1_000;

describe.each(ZONES)('the clock of %s', (zone) => {
  const clock = new ProjectClock(zone);
  // No zone is further from UTC than 14 hours; between these, every second is in reach.
  const second = fc
    .integer({ min: 50_400, max: Math.floor(LATEST_INSTANT / SECOND_MS) - 50_401 })
    .map((seconds) => seconds * SECOND_MS);

  it('ends a second after the last one it names, and names it again', () => {
    fc.assert(
      fc.property(second, (instant) => {
        const text = clock.textOf(instant);
        const end = clock.endOf(text);
        expect(end).toBe(clock.instantOf(text) + SECOND_MS);
        expect(clock.endTextOf(end)).toBe(text);
      }),
    );
  });

  it('takes the latest time there is, and shows it', () => {
    const end = clock.endOf('9999-12-31 23:59:59');
    expect(end).toBeLessThanOrEqual(LATEST_INSTANT);
    expect(clock.endTextOf(end)).toBe('9999-12-31 23:59:59');
    expect(clock.textOf(clock.instantOf('9999-12-31 23:59:59'))).toBe('9999-12-31 23:59:59');
  });

  it('takes the earliest, and shows every instant there can be in nineteen characters', () => {
    expect(clock.instantOf('1970-01-01 00:00:00')).toBeGreaterThanOrEqual(0);
    for (const instant of [0, 1, LATEST_INSTANT - 1, LATEST_INSTANT]) {
      expect(clock.textOf(instant)).toHaveLength(19);
      expect(clock.endTextOf(instant)).toHaveLength(19);
    }
  });
});

test('the last second of an end within a second is that second', () => {
  expect([1_000, 1_001, 1_999, 2_000].map(lastSecondOf)).toEqual([0, 1_000, 1_000, 1_000]);
});
