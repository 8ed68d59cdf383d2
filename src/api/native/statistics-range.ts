import {
  addDays,
  dayOf,
  daysBetween,
  isLocalDay,
  type LocalDay,
  startOfDay,
  unitsBegun,
} from '../../accounts/local-day.ts';
import { instantOfLocalTime } from '../../accounts/local-time.ts';
import type { Interval } from '../../clicks/statistics/question.ts';
import { Failure, type FieldProblem } from '../../errors.ts';

/** From an instant to before another, in milliseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const DEFAULT_DAYS = 30;
export const MOST_POINTS = 2_000;
const LATEST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Quarter hours are counted whole, and the end of the last one could not be written. */
const LAST_QUARTER = Date.UTC(9999, 11, 31, 23, 45);

const FORMS =
  'must be a day (2026-03-01), a time of the project’s clocks (2026-03-01T10:00) or an instant with its zone (2026-03-01T10:00:00Z; a + in it is written %2B), from 1970 to 9999';
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?$/;

/**
 * The range that `from` and `to` mean on the clocks of a project. A day as `to` is counted to its end; a time is where
 * counting stops. Without `to` it is the end of today, without `from` the thirty days that end there.
 *
 * @throws Failure `invalid`
 */
export function readRange(
  { from: first, to: last }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
  now: number,
): Range {
  const given = {
    from: first === undefined ? undefined : instantOf(first, timeZone, 'start'),
    to: last === undefined ? undefined : instantOf(last, timeZone, 'end'),
  };
  const problems: FieldProblem[] = [];
  if (first !== undefined && given.from === undefined)
    problems.push({ field: 'querystring.from', message: FORMS });
  if (last !== undefined && given.to === undefined)
    problems.push({ field: 'querystring.to', message: FORMS });
  if (problems.length > 0) throw Failure.invalid(problems);
  const to = given.to ?? startOfDay(addDays(dayOf(now, timeZone), 1), timeZone);
  const from =
    given.from ?? startOfDay(addDays(dayOf(Math.max(to - 1, 0), timeZone), 1 - DEFAULT_DAYS), timeZone);
  if (from >= to) {
    const field = last === undefined ? 'querystring.from' : 'querystring.to';
    throw Failure.invalidField(field, 'leaves no time between from and to');
  }
  return { from, to };
}

/** @returns undefined when the text is none of the forms, or no calendar has it */
function instantOf(text: string, timeZone: string, meant: 'start' | 'end'): number | undefined {
  const instant = unbounded(text, timeZone, meant);
  if (instant === undefined || instant < 0 || instant > LATEST_INSTANT) return undefined;
  return Math.min(instant, LAST_QUARTER);
}

function unbounded(text: string, timeZone: string, meant: 'start' | 'end'): number | undefined {
  if (isLocalDay(text)) {
    if (meant === 'start') return startOfDay(text, timeZone);
    return text === '9999-12-31' ? LATEST_INSTANT : startOfDay(addDays(text, 1), timeZone);
  }
  const local = LOCAL_TIME.exec(text);
  if (local) return instantOfLocalTime(`${local[1]} ${local[2]}${local[3] ?? ':00'}`, timeZone);
  if (!WITH_ZONE.test(text) || !isLocalDay(text.slice(0, 10))) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/**
 * The time right before, of the same length: as many days when the range is whole days, which need not be as many
 * hours. Undefined when there is none since 1970.
 */
export function rangeBefore({ from, to }: Range, timeZone: string): Range | undefined {
  const [first, end] = [dayOf(from, timeZone), dayOf(to, timeZone)];
  const isDays = startOfDay(first, timeZone) === from && startOfDay(end, timeZone) === to;
  const before = isDays ? startOfDayBefore(first, daysBetween(first, end), timeZone) : from - (to - from);
  return before === undefined || before < 0 || before >= from ? undefined : { from: before, to: from };
}

function startOfDayBefore(first: LocalDay, days: number, timeZone: string): number | undefined {
  const day = addDays(first, -days);
  return isLocalDay(day) ? startOfDay(day, timeZone) : undefined;
}

const COARSER: readonly Interval[] = ['hour', 'day', 'week', 'month'];

/** @throws Failure `invalid` naming the interval that would do */
export function requireFewPoints({ from, to }: Range, interval: Interval, timeZone: string): void {
  const points = unitsBegun(from, to, interval, timeZone);
  if (points <= MOST_POINTS) return;
  const fitting = COARSER.slice(COARSER.indexOf(interval) + 1).find(
    (coarser) => unitsBegun(from, to, coarser, timeZone) <= MOST_POINTS,
  );
  const counted = `would be ${points.toLocaleString('en')} points, and ${MOST_POINTS.toLocaleString('en')} are allowed`;
  throw Failure.invalidField(
    'querystring.interval',
    `${counted}: ${fitting ? `choose ${fitting}` : 'no interval fits, ask for a shorter time'}`,
  );
}
