import { httpUrlProblem } from '../links/destination.ts';
import { SETTING_RULES } from '../links/setting.ts';

/** How values of other services become ours. What cannot be kept is left out and noted, never guessed. */

const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Seconds since 1970 have fewer digits than milliseconds until the year 5138. */
const MOST_SECONDS = 1e11;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced.
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+/g;

/** Notes and texts of one row while it is read. */
export class RowNotes {
  readonly notes: string[] = [];

  note(text: string): void {
    this.notes.push(text);
  }

  /** Without the spaces around it, and without characters that nobody typed, and no link can have. */
  plain(field: string, value: string): string {
    const plain = value.toWellFormed().replace(CONTROL, ' ').trim();
    if (plain !== value.trim()) this.note(`${field} had control characters, which are spaces now`);
    return plain;
  }

  /** Plain, and cut to what a link can have; undefined when nothing is left. */
  text(field: string, value: unknown, longest: number): string | undefined {
    if (typeof value !== 'string') return undefined;
    const plain = this.plain(field, value);
    if (plain === '') return undefined;
    if (plain.length <= longest) return plain;
    this.note(`${field} was cut to ${longest} characters`);
    return plain.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
  }

  /** As many as a link can have, each as long as one can be. */
  tags(values: readonly unknown[]): string[] | undefined {
    const tags = [...new Set(values.flatMap((value) => this.text('a tag', value, 50) ?? []))];
    if (tags.length > MOST_TAGS) this.note(`only the first ${MOST_TAGS} of ${tags.length} tags were kept`);
    return tags.length === 0 ? undefined : tags.slice(0, MOST_TAGS);
  }

  /** When something happened; what cannot be read is only noted. */
  instant(field: string, value: unknown): string | undefined {
    const instant = instantOf(value);
    if (instant === undefined && value != null && value !== '') this.note(`${field} could not be read`);
    return instant;
  }

  /** A URL that is not the destination: a link is worth more than its picture. */
  url(field: string, value: unknown): string | undefined {
    const url = urlText(stringOf(value));
    if (url === '') return undefined;
    const problem = httpUrlProblem(url);
    if (problem === undefined) return url;
    this.note(`${field} was left out: it ${problem}`);
    return undefined;
  }

  /** How often something happened, there. */
  count(field: string, value: unknown): number | undefined {
    const count = countOf(value);
    if (count === undefined && value != null && value !== '') {
      this.note(`${field} could not be read: no whole number`);
    }
    return count;
  }

  /** What protects a link; one that cannot be a password here is lost, and its link is not to be open. */
  password(text: string): { password?: string; paused?: true } {
    if (text === '') return {};
    if (SETTING_RULES.password.problem(text) === undefined) return { password: text };
    this.note(
      'is paused, because its password cannot be one here: set one of 4 to 64 characters, then unpause it',
    );
    return PASSWORD_LOST.settings;
  }
}

/** A space cannot stand in a URL, and files have some that were typed. */
export function urlText(value: string): string {
  return value.trim().replaceAll(' ', '%20');
}

const MOST_TAGS = 20;

/** RFC 3339 of whatever services write: that, `2026-01-31 12:00:00` (taken for UTC), seconds or milliseconds. */
export function instantOf(value: unknown): string | undefined {
  const ms = millisecondsOf(typeof value === 'string' ? value.trim() : value);
  return ms !== undefined && ms >= EARLIEST_MS && ms <= LATEST_MS ? new Date(ms).toISOString() : undefined;
}

function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,16}(\.\d+)?$/.test(value))) {
    const number = Math.trunc(Number(value));
    return number < MOST_SECONDS ? number * 1000 : number;
  }
  const parts = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (!parts) return undefined;
  const [, date = '', time = '00:00', zone = 'Z'] = parts;
  // Days that no month has would become some of the next.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const offset = /^(utc|z)$/i.test(zone)
    ? 'Z'
    : zone.replace(/^(.\d\d):?(\d\d)?$/, (_, h, m = '00') => `${h}:${m}`);
  const ms = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A day, and a time and a zone if they are said. Nothing is left to a parser that guesses. */
const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(UTC|Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** A whole number that is not negative, also with separators of thousands; undefined when it is none. */
export function countOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const digits = /^\d{1,3}([,. ]\d{3})+$/.test(text) ? text.replace(/[,. ]/g, '') : text;
  if (!/^\d{1,15}$/.test(digits)) return undefined;
  return Number(digits);
}

export function isYes(value: unknown): boolean {
  return value === true || value === 1 || /^(true|yes|on|1|y)$/i.test(String(value ?? '').trim());
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** A member that is an object; an empty one when it is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Without what is undefined or empty. */
export function filled<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** As `filled`; undefined when nothing is in it. */
export function filledOrNone<T extends Record<string, unknown>>(object: T) {
  const rest = filled(object);
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/**
 * What a protected link becomes when its file does not tell the password: nobody must come through who could not
 * before, and its code must not be lost.
 */
export const PASSWORD_LOST = {
  settings: { paused: true },
  note: 'is paused, because the file does not tell its password: set one, then unpause it',
} as const;
