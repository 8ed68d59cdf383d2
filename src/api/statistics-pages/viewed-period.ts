import { Temporal } from 'temporal-polyfill';
import type { Interval } from '../../clicks/statistics/question.ts';

export const PRESETS = ['today', '7d', '30d', 'month', 'last-month', '12m'] as const;
export type Preset = (typeof PRESETS)[number];
const DEFAULT_PRESET: Preset = '30d';

/** Instants in milliseconds, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The days a page shows, and those it compares them with. */
export interface ViewedPeriod {
  readonly preset: Preset | 'custom';
  /** ISO dates on the project's calendar; both belong to the period. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly interval: Interval;
  readonly current: Span;
  /** As far into the period before as the current one has come. */
  readonly previous: Span;
}

export const PERIOD_PROBLEMS = [
  'unknownRange',
  'badDate',
  'noFirstDay',
  'order',
  'future',
  'tooLong',
] as const;
export type PeriodProblem = (typeof PERIOD_PROBLEMS)[number];

export const MOST_DAYS = 3_660;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Clicks are counted from 1970 on; the second of January is after that in every zone, whatever the period before is. */
const EARLIEST = Temporal.PlainDate.from('1970-01-02');

interface Days {
  readonly preset: ViewedPeriod['preset'];
  readonly first: Temporal.PlainDate;
  readonly last: Temporal.PlainDate;
  readonly interval: Interval;
  /** From this period back to the one before. */
  readonly step: Temporal.DurationLike;
}

/**
 * Reads `range`, or `from` and `to` (dates, both belong to it; no `to` is today, and so is one that has not come yet).
 * Whatever else a query has is passed over.
 *
 * @param now milliseconds
 */
export function readPeriod(
  query: URLSearchParams,
  timeZone: string,
  now: number,
): ViewedPeriod | PeriodProblem {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  const from = query.get('from') ?? '';
  const to = query.get('to') ?? '';
  const range = query.get('range') || DEFAULT_PRESET;
  const days =
    from !== '' || to !== ''
      ? customDays(from, to, today)
      : isPreset(range)
        ? presetDays(range, today)
        : 'unknownRange';
  return typeof days === 'string' ? days : periodOf(days, timeZone, now);
}

function isPreset(text: string): text is Preset {
  return PRESETS.some((preset) => preset === text);
}

function presetDays(preset: Preset, today: Temporal.PlainDate): Days {
  const firstOfMonth = today.with({ day: 1 });
  switch (preset) {
    case 'today':
      return { preset, first: today, last: today, interval: 'hour', step: { days: 1 } };
    case '7d':
      return { preset, first: today.subtract({ days: 6 }), last: today, interval: 'day', step: { days: 7 } };
    case '30d':
      return {
        preset,
        first: today.subtract({ days: 29 }),
        last: today,
        interval: 'day',
        step: { days: 30 },
      };
    case 'month':
      return { preset, first: firstOfMonth, last: today, interval: 'day', step: { months: 1 } };
    case 'last-month': {
      const first = firstOfMonth.subtract({ months: 1 });
      return {
        preset,
        first,
        last: firstOfMonth.subtract({ days: 1 }),
        interval: 'day',
        step: { months: 1 },
      };
    }
    case '12m': {
      const first = firstOfMonth.subtract({ months: 11 });
      return { preset, first, last: today, interval: 'month', step: { years: 1 } };
    }
  }
}

function customDays(from: string, to: string, today: Temporal.PlainDate): Days | PeriodProblem {
  if (from === '') return 'noFirstDay';
  const first = dateOf(from);
  const asked = to === '' ? today : dateOf(to);
  if (!first || !asked) return 'badDate';
  if (Temporal.PlainDate.compare(first, asked) > 0 && to !== '') return 'order';
  if (Temporal.PlainDate.compare(first, today) > 0) return 'future';
  const last = Temporal.PlainDate.compare(asked, today) > 0 ? today : asked;
  const days = first.until(last, { largestUnit: 'day' }).days + 1;
  if (days > MOST_DAYS) return 'tooLong';
  return { preset: 'custom', first, last, interval: intervalFor(days), step: { days } };
}

function intervalFor(days: number): Interval {
  if (days <= 2) return 'hour';
  if (days <= 92) return 'day';
  return days <= 550 ? 'week' : 'month';
}

function dateOf(text: string): Temporal.PlainDate | undefined {
  if (!DATE.test(text)) return undefined;
  try {
    const date = Temporal.PlainDate.from(text, { overflow: 'reject' });
    return Temporal.PlainDate.compare(date, EARLIEST) < 0 ? undefined : date;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function periodOf(
  { preset, first, last, interval, step }: Days,
  timeZone: string,
  now: number,
): ViewedPeriod {
  const from = first.toZonedDateTime(timeZone);
  const to = last.add({ days: 1 }).toZonedDateTime(timeZone);
  const current = { from: from.epochMilliseconds, to: to.epochMilliseconds };
  const comeTo =
    current.to <= now
      ? current.from
      : Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).subtract(step)
          .epochMilliseconds;
  const previous = {
    from: Math.max(0, from.subtract(step).epochMilliseconds),
    // A shorter month before it ends where this one begins.
    to: Math.max(0, Math.min(comeTo, current.from)),
  };
  return { preset, firstDay: first.toString(), lastDay: last.toString(), interval, current, previous };
}

/** The parameters of a query that a page's URL keeps, spelled in the one way this product spells them. */
export function keptQuery(query: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of ['range', 'from', 'to', 'format']) {
    const value = query.get(name);
    if (value !== null && /^[\w-]{1,10}$/.test(value)) kept.set(name, value);
  }
  return kept.toString();
}

/** The query that shows a period again. */
export function queryOf({ preset, firstDay, lastDay }: ViewedPeriod): string {
  return preset === 'custom' ? `from=${firstDay}&to=${lastDay}` : `range=${preset}`;
}
