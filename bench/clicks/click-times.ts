const HOUR_MS = 3_600_000;
const KOREA_AHEAD_HOURS = 9;

/** Clicks of an hour of the day in Korea, from midnight. */
const DAY = [
  1.6, 1.0, 0.6, 0.5, 0.5, 0.7, 1.4, 2.8, 4.4, 5.0, 5.2, 5.6, 6.6, 5.8, 5.2, 5.2, 5.3, 5.6, 6.0, 6.2, 6.6,
  6.8, 5.8, 3.6,
];
/** From Sunday. */
const WEEK = [0.75, 1.05, 1.1, 1.1, 1.1, 1.05, 0.8];
/** The last day has so many times the clicks of the first. */
const GROWTH = 2.5;

/** When each of a number of clicks happens: in the rhythm of days and weeks, and more of them every day. */
export class ClickTimes {
  readonly #startAt: number;
  /** Number of the first click of each hour, and one more. */
  readonly #first: Float64Array;

  constructor(clicks: number, endAt: number, days: number) {
    const hours = days * 24;
    this.#startAt = Math.floor(endAt / HOUR_MS - hours) * HOUR_MS;
    const weights = Float64Array.from({ length: hours }, (_, hour) => this.#weightOf(hour, hours));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#first = new Float64Array(hours + 1);
    let sum = 0;
    weights.forEach((weight, hour) => {
      sum += weight;
      this.#first[hour + 1] = hour === hours - 1 ? clicks : Math.round((sum / total) * clicks);
    });
  }

  /** Never before the click before it. */
  instantOf(click: number): number {
    let low = 0;
    let high = this.#first.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#first[middle] as number) <= click) low = middle;
      else high = middle;
    }
    const first = this.#first[low] as number;
    const ofHour = (this.#first[low + 1] as number) - first;
    return this.#startAt + low * HOUR_MS + Math.floor(((click - first) / ofHour) * HOUR_MS);
  }

  #weightOf(hour: number, hours: number): number {
    const local = new Date(this.#startAt + (hour + KOREA_AHEAD_HOURS) * HOUR_MS);
    const growth = 1 + (GROWTH - 1) * (hour / hours);
    return (DAY[local.getUTCHours()] as number) * (WEEK[local.getUTCDay()] as number) * growth;
  }
}
