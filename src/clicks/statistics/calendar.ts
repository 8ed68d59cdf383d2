import { Temporal } from 'temporal-polyfill';
import { QUARTER_MS } from '../blocks/fact.ts';
import type { Interval } from './question.ts';

const QUARTERS_PER_HOUR = 4;
const QUARTERS_PER_DAY = 96;
/** Day 0, the first of January 1970, was a Thursday. */
const MONDAY_BEFORE_DAY_0 = -3;

/** From a quarter of an hour on, until the next stretch begins, clocks are so many quarters ahead of UTC. */
interface Stretch {
  readonly from: number;
  readonly ahead: number;
}

/**
 * Hours, days, weeks and months on the clocks of a time zone, in quarters of an hour since 1970: facts know no finer
 * time. Asks `Temporal` only when the clocks change; the rest is arithmetic, as a question may be about a hundred
 * thousand quarters.
 */
export class Calendar {
  readonly #from: number;
  readonly #to: number;
  readonly #stretches: readonly Stretch[];

  /** @param from first quarter that will be asked for @param to end of those, exclusive */
  constructor(timeZone: string, from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#stretches = stretchesOf(timeZone, from, to);
  }

  /**
   * Where each interval begins, the first one cut by the start of the calendar. An hour that clocks show twice is two
   * hours, unless they are put back into the midst of it: then it is one long hour, as it is for `LocalClock`.
   */
  starts(interval: Interval): number[] {
    const starts = [this.#from];
    let reached = unitOf(interval, this.#from + (this.#stretches[0]?.ahead ?? 0));
    this.#eachStretch((from, to, ahead) => {
      for (let local = from + ahead; local - ahead < to; local = startAfter(interval, local)) {
        if (local - ahead === this.#from) continue;
        const unit = unitOf(interval, local);
        const again = interval === 'hour' && (unit !== reached || local % QUARTERS_PER_HOUR === 0);
        if (unit <= reached && !again) continue;
        starts.push(local - ahead);
        reached = unit;
      }
    });
    return starts;
  }

  /** The hour of the day of each quarter, 0 to 23, the first quarter at index 0. */
  hoursOfDay(): Uint8Array {
    return this.#table((local) => modulo(Math.floor(local / QUARTERS_PER_HOUR), 24));
  }

  /** The day of the week of each quarter, 1 (Monday) to 7. */
  weekdays(): Uint8Array {
    return this.#table((local) => modulo(dayOf(local) - MONDAY_BEFORE_DAY_0, 7) + 1);
  }

  #table(shownAt: (localQuarter: number) => number): Uint8Array {
    const table = new Uint8Array(this.#to - this.#from);
    this.#eachStretch((from, to, ahead) => {
      for (let quarter = from; quarter < to; quarter++)
        table[quarter - this.#from] = shownAt(quarter + ahead);
    });
    return table;
  }

  #eachStretch(visit: (from: number, to: number, ahead: number) => void): void {
    for (const [index, { from, ahead }] of this.#stretches.entries()) {
      visit(from, this.#stretches[index + 1]?.from ?? this.#to, ahead);
    }
  }
}

/** Which bucket each quarter is in, the first quarter at index 0. @param starts ascending, the first not after `from` */
export function bucketTable(starts: readonly number[], from: number, to: number): Uint32Array {
  const table = new Uint32Array(Math.max(0, to - from));
  for (const [bucket, start] of starts.entries()) {
    const end = starts[bucket + 1] ?? to;
    if (end > from && start < to) table.fill(bucket, Math.max(0, start - from), Math.max(0, end - from));
  }
  return table;
}

function stretchesOf(timeZone: string, from: number, to: number): Stretch[] {
  let time: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(
    from * QUARTER_MS,
  ).toZonedDateTimeISO(timeZone);
  const stretches = [{ from, ahead: aheadOf(time) }];
  for (;;) {
    time = time.getTimeZoneTransition('next');
    const at = Math.ceil((time?.epochMilliseconds ?? Number.POSITIVE_INFINITY) / QUARTER_MS);
    if (!time || at >= to) return stretches;
    stretches.push({ from: at, ahead: aheadOf(time) });
  }
}

/** Offsets of times long past may have odd minutes; those of our days are whole quarters. */
function aheadOf(time: Temporal.ZonedDateTime): number {
  return Math.floor(time.offsetNanoseconds / 1e6 / QUARTER_MS);
}

/** Counts intervals, so that a later one has a greater number. */
function unitOf(interval: Interval, localQuarter: number): number {
  if (interval === 'hour') return Math.floor(localQuarter / QUARTERS_PER_HOUR);
  const day = dayOf(localQuarter);
  if (interval === 'day') return day;
  if (interval === 'week') return Math.floor((day - MONDAY_BEFORE_DAY_0) / 7);
  return monthOf(day);
}

/** The first quarter, by local clocks, of the interval after the one given. */
function startAfter(interval: Interval, localQuarter: number): number {
  const next = unitOf(interval, localQuarter) + 1;
  switch (interval) {
    case 'hour':
      return next * QUARTERS_PER_HOUR;
    case 'day':
      return next * QUARTERS_PER_DAY;
    case 'week':
      return (next * 7 + MONDAY_BEFORE_DAY_0) * QUARTERS_PER_DAY;
    case 'month':
      return Date.UTC(1970, next, 1) / QUARTER_MS;
  }
}

function dayOf(localQuarter: number): number {
  return Math.floor(localQuarter / QUARTERS_PER_DAY);
}

function monthOf(day: number): number {
  const date = new Date(day * QUARTERS_PER_DAY * QUARTER_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
