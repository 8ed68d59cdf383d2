import { Temporal } from 'temporal-polyfill';

/** `2026-03-31`: a day on the clocks of one time zone. */
export type LocalDay = string;

const LOCAL_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Whether some calendar has it, and it is one that an instant can be told of: from 1970 to 9999. */
export function isLocalDay(text: string): boolean {
  if (!LOCAL_DAY.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).year >= 1970;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The first instant of a day, in milliseconds; not before 1970. A day that a zone has skipped begins where the next does. */
export function startOfDay(day: LocalDay, timeZone: string): number {
  const start = Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds;
  return Math.max(start, 0);
}

export function dayOf(instantMs: number, timeZone: string): LocalDay {
  return localTimeAt(instantMs, timeZone).toPlainDate().toString();
}

/** 0 to 23. */
export function hourOf(instantMs: number, timeZone: string): number {
  return localTimeAt(instantMs, timeZone).hour;
}

/** `2026-03-31T23:59:59+09:00`: what the clocks show, and how far they are from UTC. */
export function offsetTimeOf(instantMs: number, timeZone: string): string {
  return localTimeAt(instantMs, timeZone).toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** @param days may be negative */
export function addDays(day: LocalDay, days: number): LocalDay {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** How many days later `last` is than `first`: 0 when they are one day, negative when it comes before. */
export function daysBetween(first: LocalDay, last: LocalDay): number {
  return Temporal.PlainDate.from(first).until(Temporal.PlainDate.from(last), { largestUnit: 'day' }).days;
}

/** Whole units of time on the clocks of `timeZone` that have begun between two instants; the first counts as begun. */
export function unitsBegun(
  fromMs: number,
  toMs: number,
  unit: 'hour' | 'day' | 'week' | 'month',
  timeZone: string,
): number {
  if (toMs <= fromMs) return 0;
  const [from, to] = [localTimeAt(fromMs, timeZone), localTimeAt(toMs - 1, timeZone)];
  switch (unit) {
    case 'hour': {
      const [first, last] = [from, to].map((time) =>
        time.round({ smallestUnit: 'hour', roundingMode: 'floor' }),
      ) as [Temporal.ZonedDateTime, Temporal.ZonedDateTime];
      return Math.round((last.epochMilliseconds - first.epochMilliseconds) / 3_600_000) + 1;
    }
    case 'day':
      return daysBetween(from.toPlainDate().toString(), to.toPlainDate().toString()) + 1;
    case 'week': {
      const monday = (time: Temporal.ZonedDateTime) =>
        time
          .toPlainDate()
          .subtract({ days: time.dayOfWeek - 1 })
          .toString();
      return daysBetween(monday(from), monday(to)) / 7 + 1;
    }
    case 'month':
      return (to.year - from.year) * 12 + (to.month - from.month) + 1;
  }
}

function localTimeAt(instantMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone);
}
