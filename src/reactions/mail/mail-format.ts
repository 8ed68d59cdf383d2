import type { MailReaders } from './mail-reader.ts';

/** How a mail writes numbers and times for its readers, on the project's clock. */
export class MailFormat {
  readonly #number: Intl.NumberFormat;
  readonly #instant: Intl.DateTimeFormat;
  readonly #zone: Intl.DateTimeFormat;

  constructor({ language, timeZone }: Pick<MailReaders, 'language' | 'timeZone'>) {
    this.#number = new Intl.NumberFormat(language);
    this.#instant = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    this.#zone = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'long' });
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  instant(at: number): string {
    return this.#instant.format(at);
  }

  /** Of the project's time zone at an instant, such as "Korean Standard Time". */
  zone(at: number): string {
    const parts = this.#zone.formatToParts(at);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  }
}
