import { Temporal } from 'temporal-polyfill';

const QUARTER_MS = 15 * 60 * 1000;
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
      starts = {
        hour: local.round({ smallestUnit: 'hour', roundingMode: 'floor' }).epochMilliseconds,
        day: local.startOfDay().epochMilliseconds,
      };
      if (this.#quarters.size >= REMEMBERED) this.#quarters.clear();
      this.#quarters.set(quarter, starts);
    }
    return starts;
  }
}
