import type { Language } from '../../languages.ts';

/** An instant as a visitor reads it; `iso` is for machines. */
export interface OpeningTime {
  readonly iso: string;
  readonly date: string;
  readonly time: string;
  /** The time zone's name in the visitor's language, such as "Korean Standard Time". */
  readonly zone: string;
}

const MINUTE_MS = 60_000;

/**
 * Writes the instant a link opens in the project's time zone, for a reader of `language`. Rounded up to the whole
 * minute, so that whoever comes at the time shown finds it open. An unknown time zone reads as UTC, and an instant
 * no calendar has is undefined: a page must never fail over its date.
 */
export function describeOpeningTime(
  startsAt: number,
  timeZone: string,
  language: Language,
): OpeningTime | undefined {
  const instant = new Date(Math.ceil(startsAt / MINUTE_MS) * MINUTE_MS);
  if (Number.isNaN(instant.getTime())) return undefined;
  const { date, time, zone } = formatsFor(language, timeZone);
  return {
    iso: instant.toISOString(),
    date: date.format(instant),
    time: time.format(instant),
    zone: zone.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
  };
}

interface Formats {
  readonly date: Intl.DateTimeFormat;
  readonly time: Intl.DateTimeFormat;
  readonly zone: Intl.DateTimeFormat;
}

/** A formatter costs some 90 µs and kilobytes to make; projects with zones of their own are few. */
const MAX_CACHED = 64;
const cache = new Map<string, Formats>();

function formatsFor(language: Language, timeZone: string): Formats {
  const key = `${language} ${timeZone}`;
  const cached = cache.get(key);
  if (cached) return cached;
  const formats = buildFormats(language, timeZone);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, formats);
  return formats;
}

function buildFormats(language: Language, timeZone: string): Formats {
  try {
    return {
      date: new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'full' }),
      time: new Intl.DateTimeFormat(language, { timeZone, timeStyle: 'short' }),
      zone: new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'long' }),
    };
  } catch (error) {
    if (!(error instanceof RangeError) || timeZone === 'UTC') throw error;
    return buildFormats(language, 'UTC');
  }
}
