import { addDays, dayOf, daysBetween, hourOf, type LocalDay, startOfDay } from '../../accounts/local-day.ts';
import type { SeriesPoint } from '../../clicks/statistics/question.ts';

/** Clicks and the people behind them, in this API's names. */
export interface Counts {
  readonly acesCnt: number;
  readonly pernCnt: number;
}

const NONE: Counts = { acesCnt: 0, pernCnt: 0 };
const HOURS_A_DAY = 24;

/** From the first instant of a day to the end of another. A day that the zone has skipped is no time at all. */
export function rangeOf(first: LocalDay, last: LocalDay, timeZone: string) {
  return { from: startOfDay(first, timeZone), to: startOfDay(addDays(last, 1), timeZone) };
}

/** Every day, also without clicks; people are counted once a link and day. */
export function countsByDay(
  first: LocalDay,
  last: LocalDay,
  series: readonly SeriesPoint[],
  timeZone: string,
): ({ readonly ymd: LocalDay } & Counts)[] {
  const counts = new Map(
    series.map(({ from, clicks, dailyVisitors }) => [
      dayOf(from, timeZone),
      { acesCnt: clicks, pernCnt: dailyVisitors },
    ]),
  );
  return Array.from({ length: daysBetween(first, last) + 1 }, (_, index) => {
    const ymd = addDays(first, index);
    return { ymd, ...(counts.get(ymd) ?? NONE) };
  });
}

/**
 * Twenty-four hours, whatever the day: one that a change of clocks leaves out has no clicks, two of the same name are
 * added up. People are counted once a link and hour.
 */
export function countsByHour(
  ymd: LocalDay,
  series: readonly SeriesPoint[],
  timeZone: string,
): ({ readonly ymd: LocalDay; readonly hour: number } & Counts)[] {
  const hours = Array.from({ length: HOURS_A_DAY }, (_, hour) => ({ ymd, hour, ...NONE }));
  for (const { from, clicks, hourlyVisitors } of series) {
    const hour = hourOf(from, timeZone);
    const before = hours[hour] ?? { ymd, hour, ...NONE };
    hours[hour] = {
      ...before,
      acesCnt: before.acesCnt + clicks,
      pernCnt: before.pernCnt + hourlyVisitors,
    };
  }
  return hours;
}
