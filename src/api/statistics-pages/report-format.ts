import type { Interval, SeriesPoint } from '../../clicks/statistics/question.ts';
import type { Language } from '../../languages.ts';
import type { Span } from './viewed-period.ts';

/** How a page writes numbers and times for its reader, on the project's clock. Made once for a page. */
export class ReportFormat {
  readonly #number: Intl.NumberFormat;
  readonly #compact: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #change: Intl.NumberFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #instant: Intl.DateTimeFormat;
  readonly #buckets: Readonly<Record<Interval, { label: Intl.DateTimeFormat; hint: Intl.DateTimeFormat }>>;
  readonly #zone: Intl.DateTimeFormat;

  constructor(language: Language, timeZone: string) {
    const dates = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(language, { timeZone, ...options });
    this.#number = new Intl.NumberFormat(language);
    this.#compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
    this.#percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
    this.#change = new Intl.NumberFormat(language, {
      style: 'percent',
      maximumFractionDigits: 0,
      signDisplay: 'exceptZero',
    });
    this.#day = dates({ dateStyle: 'medium' });
    this.#instant = dates({ dateStyle: 'medium', timeStyle: 'short' });
    this.#zone = dates({ timeZoneName: 'long' });
    const dayLabel = dates({ month: 'short', day: 'numeric' });
    const month = { year: 'numeric' } as const;
    this.#buckets = {
      hour: {
        label: dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
        hint: dates({
          weekday: 'short',
          month: 'short',
          day: 'numeric',
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        }),
      },
      day: { label: dayLabel, hint: dates({ weekday: 'short', ...month, month: 'short', day: 'numeric' }) },
      week: { label: dayLabel, hint: this.#day },
      month: { label: dates({ ...month, month: 'short' }), hint: dates({ ...month, month: 'long' }) },
    };
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** For the axis of a chart. */
  tick(value: number): string {
    return this.#compact.format(value);
  }

  share(part: number, whole: number): string {
    return this.#percent.format(whole > 0 ? part / whole : 0);
  }

  /** @returns undefined where there was nothing to compare with */
  change(now: number, before: number): string | undefined {
    return before > 0 ? this.#change.format(now / before - 1) : undefined;
  }

  instant(at: number): string {
    return this.#instant.format(at);
  }

  days({ from, to }: Span): string {
    return this.#day.formatRange(from, Math.max(from, to - 1));
  }

  bucketLabel({ from }: SeriesPoint, interval: Interval): string {
    return this.#buckets[interval].label.format(from);
  }

  /** Names a bucket in full. */
  bucket(point: SeriesPoint, interval: Interval): string {
    return interval === 'week' ? this.days(point) : this.#buckets[interval].hint.format(point.from);
  }

  /** Of the project's time zone at an instant, such as "Korean Standard Time". */
  zone(at: number): string {
    const parts = this.#zone.formatToParts(at);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  }
}
