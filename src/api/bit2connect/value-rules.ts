import { type AppInput, checkApp } from '../../apps/app-input.ts';
import { Failure } from '../../errors.ts';
import { httpUrlProblem } from '../../links/destination.ts';
import type { Platform } from '../../links/link-app.ts';
import { type LinkInput, linkProblems } from '../../links/link-input.ts';
import { SETTING_RULES } from '../../links/setting.ts';

/**
 * The core's rules, asked value by value, so that a client hears of everything at once and under its own names. What
 * only shows when a row is written, the core says then.
 */
export type ValueRule = (value: string) => string | undefined;

const LONGEST_LINK = 2_048;

/** The documented sentence, whatever it is that makes a text no URL. */
export const urlRule: ValueRule = (value) => (httpUrlProblem(value) ? 'must be a valid URL' : undefined);

export const destinationRule: ValueRule = (value) =>
  value.length > LONGEST_LINK ? 'must be a valid URL' : urlRule(value);

/** @param inputOf where a link has the value */
export function linkRule(inputOf: (value: string) => LinkInput): ValueRule {
  return (value) => linkProblems(inputOf(value))[0]?.message;
}

/** @param inputOf where a saved app has the value */
export function appRule(platform: Platform, inputOf: (value: string) => AppInput): ValueRule {
  return (value) => {
    try {
      checkApp(platform, inputOf(value));
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.fields[0]?.message;
    }
  };
}

export const appNameRule = appRule('ios', (name) => ({ name }));
export const bundleIdRule = appRule('ios', (identifier) => ({ identifier }));
export const packageRule = appRule('android', (identifier) => ({ identifier }));
export const appStoreIdRule = appRule('ios', (appStoreId) => ({ appStoreId }));
export const minVersionRule = appRule('ios', (minVersion) => ({ minVersion }));
export const minOsVersionRule = appRule('ios', (minOsVersion) => ({ minOsVersion }));

/** RFC 3339 lets `t` and `z` be small. */
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])t([01]\d|2[0-3])(:[0-5]\d){2}(\.\d+)?(z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

export const instantRule: ValueRule = (value) =>
  DATE_TIME.test(value) && dayExists(value)
    ? SETTING_RULES.endsAt.problem(instantOf(value))
    : 'must be a date and time with an offset, such as 2026-03-31T23:59:59Z';

export function instantOf(value: string): number {
  return Date.parse(value.toUpperCase());
}

function dayExists(value: string): boolean {
  const day = value.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
