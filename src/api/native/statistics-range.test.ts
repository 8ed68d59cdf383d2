import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayOf, daysBetween, startOfDay, unitsBegun } from '../../accounts/local-day.ts';
import { Failure } from '../../errors.ts';
import { MOST_POINTS, rangeBefore, readRange, requireFewPoints } from './statistics-range.ts';

const SEOUL = 'Asia/Seoul';
const NOW = Date.parse('2026-03-15T10:00:00+09:00');
const at = (text: string) => Date.parse(text);
const read = (from?: string, to?: string, timeZone = SEOUL) => readRange({ from, to }, timeZone, NOW);

describe('a range', () => {
  test.each<[from: string | undefined, to: string | undefined, start: string, end: string]>([
    [undefined, undefined, '2026-02-14T00:00+09:00', '2026-03-16T00:00+09:00'],
    ['2026-03-01', undefined, '2026-03-01T00:00+09:00', '2026-03-16T00:00+09:00'],
    ['2026-03-01', '2026-03-01', '2026-03-01T00:00+09:00', '2026-03-02T00:00+09:00'],
    [undefined, '2026-01-31', '2026-01-02T00:00+09:00', '2026-02-01T00:00+09:00'],
    ['2026-03-01T10:00', '2026-03-01T11:30:30', '2026-03-01T10:00+09:00', '2026-03-01T11:30:30+09:00'],
    ['2026-03-01 10:00', '2026-03-01T02:00:00Z', '2026-03-01T10:00+09:00', '2026-03-01T11:00+09:00'],
    ['9999-12-30', '9999-12-31', '9999-12-30T00:00+09:00', '9999-12-31T23:45Z'],
    ['9999-12-30', '9999-12-31T23:59:59.999Z', '9999-12-30T00:00+09:00', '9999-12-31T23:45Z'],
    ['2026-03-01T00:00Z', '2026-03-02T00:00:00.000-05:30', '2026-03-01T00:00Z', '2026-03-02T05:30Z'],
  ])('%s to %s', (from, to, start, end) => {
    expect(read(from, to)).toEqual({ from: at(start), to: at(end) });
  });

  test('is on the clocks of the project', () => {
    expect(read('2026-03-08', '2026-03-08', 'America/New_York')).toEqual({
      from: at('2026-03-08T05:00Z'),
      to: at('2026-03-09T04:00Z'),
    });
  });

  test.each<[from: string | undefined, to: string | undefined, field: string]>([
    ['yesterday', undefined, 'from'],
    ['', undefined, 'from'],
    ['2026-02-30', undefined, 'from'],
    ['2026-02-30T00:00:00Z', undefined, 'from'],
    ['2026-03-01T25:00', undefined, 'from'],
    ['2026-03-01T10:00:00 09:00', undefined, 'from'],
    ['1969-12-31', undefined, 'from'],
    ['1970-01-01T00:00:00+09:00', undefined, 'from'],
    [undefined, '10000-01-01', 'to'],
    [undefined, '9999-12-31T23:59:59-10:00', 'to'],
    ['2026-03-02', '2026-03-01', 'to'],
    ['2026-03-01T10:00', '2026-03-01T10:00', 'to'],
    ['2027-01-01', undefined, 'from'],
  ])('%s to %s is refused', (from, to, field) => {
    const failure = failureOf(() => read(from, to));
    expect(failure.fields.map((one) => one.field)).toEqual([`querystring.${field}`]);
  });

  test('both broken ends are named at once', () => {
    expect(failureOf(() => read('x', 'y')).fields).toHaveLength(2);
  });
});

const zone = fc.constantFrom(SEOUL, 'UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York');
const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2050, 0) });

describe('the range before', () => {
  test('ends where the range begins, and has as many days, or hours', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 1, max: 400 }),
        zone,
        fc.boolean(),
        (from, size, timeZone, days) => {
          const first = dayOf(from, timeZone);
          const range = days
            ? { from: startOfDay(first, timeZone), to: startOfDay(addDays(first, size), timeZone) }
            : { from: from + 1, to: from + 1 + size * 1_000 };
          const before = rangeBefore(range, timeZone);
          expect(before?.to).toBe(range.from);
          const start = before?.from ?? Number.NaN;
          if (days) expect(daysBetween(dayOf(start, timeZone), first)).toBe(size);
          else expect(range.from - start).toBe(range.to - range.from);
        },
      ),
    );
  });

  test('there is none before 1970', () => {
    expect(rangeBefore({ from: 10, to: 30 }, 'UTC')).toBeUndefined();
    expect(rangeBefore({ from: 0, to: startOfDay('1970-01-02', 'UTC') }, 'UTC')).toBeUndefined();
    expect(rangeBefore(read('1970-01-01', '1970-01-31'), SEOUL)).toBeUndefined();
  });
});

describe('points of a series', () => {
  test('more than two thousand are refused, with the interval that would do', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 1, max: 10_000_000_000_000 }),
        zone,
        fc.constantFrom('hour', 'day', 'week', 'month'),
        (from, length, timeZone, interval) => {
          const range = { from, to: from + length };
          const few = unitsBegun(range.from, range.to, interval, timeZone) <= MOST_POINTS;
          if (few) return requireFewPoints(range, interval, timeZone);
          const [{ field, message } = { field: '', message: '' }] = failureOf(() =>
            requireFewPoints(range, interval, timeZone),
          ).fields;
          expect(field).toBe('querystring.interval');
          const fitting = /choose (day|week|month)$/.exec(message)?.[1] as 'day' | undefined;
          if (fitting) requireFewPoints(range, fitting, timeZone);
          else expect(message).toMatch(/ask for a shorter time$/);
        },
      ),
    );
  });

  test('the sentence says how many there would be', () => {
    const failure = failureOf(() => requireFewPoints(read('2025-01-01', '2025-12-31'), 'hour', SEOUL));
    expect(failure.message).toBe(
      'querystring.interval: would be 8,760 points, and 2,000 are allowed: choose day',
    );
  });
});

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
