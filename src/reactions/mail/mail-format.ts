import type { MailReaders } from './mail-reader.ts';

/** How a mail writes numbers and times for its readers, on the project's clock. */
export class MailFormat {
  readonly #number: Intl.NumberFormat;
  readonly #instant: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #zoned: Intl.DateTimeFormat;
  readonly #zone: Intl.DateTimeFormat;

  constructor({ language, timeZone }: Pick<MailReaders, 'language' | 'timeZone'>) {
    this.#number = new Intl.NumberFormat(language);
    this.#instant = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    this.#date = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'medium' });
    this.#time = new Intl.DateTimeFormat(language, { timeZone, timeStyle: 'short' });
    this.#zoned = new Intl.DateTimeFormat(language, {
      timeZone,
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      timeZoneName: 'short',
    });
    this.#zone = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'long' });
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  instant(at: number): string {
    return this.#instant.format(at);
  }

  date(at: number): string {
    return this.#date.format(at);
  }

  time(at: number): string {
    return this.#time.format(at);
  }

  /** With the zone, for an instant that stands alone: "Mar 10, 2026, 12:04 PM GMT+9". */
  zonedInstant(at: number): string {
    return this.#zoned.format(at);
  }

  /** Of the project's time zone at an instant, such as "Korean Standard Time". */
  zone(at: number): string {
    const parts = this.#zone.formatToParts(at);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  }
}
