import { Temporal } from 'temporal-polyfill';

const QUARTER_MS = 15 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const REMEMBERED = 10_000;

/**
 * Hours and days as the clocks of a time zone show them. A day that daylight saving makes has 23 or 25 hours; of an
 * hour that the clocks show twice each showing is an hour of its own.
 */
export class LocalClock {
  readonly timeZone: string;
  /** Offsets from UTC are whole quarters of an hour, and change between two of them. */
  readonly #quarters = new Map<number, { readonly hour: number; readonly day: number }>();

  constructor(timeZone: string) {
    this.timeZone = timeZone;
  }

  /** First instant of the local hour that `at` falls into; instants are milliseconds. */
  hourStart(at: number): number {
    return this.#startsOf(at).hour;
  }

  dayStart(at: number): number {
    return this.#startsOf(at).day;
  }

  #startsOf(at: number): { readonly hour: number; readonly day: number } {
    const quarter = Math.floor(at / QUARTER_MS);
    let starts = this.#quarters.get(quarter);
    if (!starts) {
      const local = Temporal.Instant.fromEpochMilliseconds(quarter * QUARTER_MS).toZonedDateTimeISO(
        this.timeZone,
      );
      starts = { hour: hourStartOf(local), day: local.startOfDay().epochMilliseconds };
      if (this.#quarters.size >= REMEMBERED) this.#quarters.clear();
      this.#quarters.set(quarter, starts);
    }
    return starts;
  }
}

/**
 * Clocks that are put back into the midst of an hour begin it anew, if they had gone on to another one meanwhile (they
 * do so on the Chatham Islands); if not, the hour is only longer (on Lord Howe Island).
 */
function hourStartOf(local: Temporal.ZonedDateTime): number {
  const start = local.round({ smallestUnit: 'hour', roundingMode: 'floor' }).epochMilliseconds;
  if (local.epochMilliseconds - start < HOUR_MS) return start;
  const change = local.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  if (!change || change.epochMilliseconds <= start) return start;
  const isSameHour = change.subtract({ milliseconds: QUARTER_MS }).hour === local.hour;
  return isSameHour ? start : change.epochMilliseconds;
}
