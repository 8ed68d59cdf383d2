import { Temporal } from 'temporal-polyfill';

/** `2026-03-31 23:59:59`: a moment on the clocks of one time zone. */
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:[0-5]\d$/;

/**
 * The instant at which the clocks of `timeZone` show `text`. A time that a daylight-saving change skips moves
 * forward by what was skipped; one that happens twice is the earlier.
 *
 * @returns milliseconds, or undefined when the text is no such time or no calendar has it
 */
export function instantOfLocalTime(text: string, timeZone: string): number | undefined {
  if (!LOCAL_TIME.test(text)) return undefined;
  try {
    return Temporal.PlainDateTime.from(text.replace(' ', 'T'), { overflow: 'reject' }).toZonedDateTime(
      timeZone,
      { disambiguation: 'compatible' },
    ).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What the clocks of `timeZone` show at an instant, to the whole second before it: `2026-03-31 23:59:59`. */
export function localTimeOf(instantMs: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(instantMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' ');
}
