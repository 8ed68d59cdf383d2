import { z } from 'zod';
import { instantOfLocalTime } from '../../accounts/local-time.ts';
import { codeProblem, LONGEST_CODE, normalizeCode, type ReservedSegments } from '../../links/code.ts';
import { httpUrlProblem, LONGEST_URL_BYTES } from '../../links/destination.ts';
import { SETTING_RULES } from '../../links/setting.ts';
import { textProblem } from '../../links/text.ts';
import type { MessageKind, MessageValues } from './messages.ts';

/**
 * What a value must be. The core has the rules; here they are asked value by value, so that whatever is wrong can be
 * said in the caller's language and all of it at once.
 */
export type Rule<T> = (value: unknown) => T | Wrong;

export class Wrong {
  readonly kind: MessageKind;
  readonly values: MessageValues;

  constructor(kind: MessageKind, values: MessageValues = {}) {
    this.kind = kind;
    this.values = values;
  }
}

/** Absent leaves it alone; `null` and an empty text are null: what that means is the field's to say. */
export function optional<T>(rule: Rule<T>) {
  return field((value) => (isBlank(value) ? null : rule(value))).optional();
}

/** Where an empty text means "as it is"; null still empties. */
export function unlessEmpty<T>(rule: Rule<T>) {
  return field((value) => (value === '' ? undefined : value === null ? null : rule(value))).optional();
}

export function required<T>(rule: Rule<T>) {
  return field((value) => (isBlank(value) ? new Wrong('required') : rule(value)));
}

/** What there has to be, and is: absent leaves it alone, and nothing can empty it. */
export function neverEmpty<T>(rule: Rule<T>) {
  return required(rule).optional();
}

/** A field that is known, and does not belong here. */
export function refused(kind: MessageKind) {
  return field((): undefined | Wrong => new Wrong(kind)).optional();
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function field<T>(rule: Rule<T>) {
  return z.unknown().transform((value, context): T => {
    const read = rule(value);
    if (!(read instanceof Wrong)) return read;
    context.addIssue({ code: 'custom', params: { wrong: read } });
    return z.NEVER;
  });
}

/** What a rule found wrong, out of what zod makes of it. */
export function wrongOf(issue: z.core.$ZodIssue): Wrong | undefined {
  const wrong: unknown = issue.code === 'custom' ? issue.params?.wrong : undefined;
  return wrong instanceof Wrong ? wrong : undefined;
}

export const yesNo: Rule<boolean> = (value) =>
  value === 'Y' ? true : value === 'N' ? false : new Wrong('notYesNo');

export function text({ min = 0, max }: { min?: number; max: number }): Rule<string> {
  return (value) => {
    if (typeof value !== 'string') return new Wrong('notText');
    if (value.length < min) return new Wrong('wrongLength', { min, max });
    if (value.length > max)
      return min > 0 ? new Wrong('wrongLength', { min, max }) : new Wrong('tooLong', { max });
    return textProblem(value, { min, max }) === undefined ? value : new Wrong('wrongCharacters');
  };
}

export function wholeNumber(min: number, max: number): Rule<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : new Wrong('notWholeNumber', { min, max });
}

export function choice<const T extends string | number>(...choices: readonly T[]): Rule<T> {
  return (value) =>
    choices.find((one) => one === value) ?? new Wrong('notAChoice', { choices: choices.join(', ') });
}

/** `2026-03-31 23:59:59`, a time that some clock shows; which instant it is, the project's zone says. */
export const localTime: Rule<string> = (value) => {
  if (typeof value !== 'string') return new Wrong('notLocalTime');
  const instant = instantOfLocalTime(value, 'UTC');
  return instant !== undefined && instant >= 0 ? value : new Wrong('notLocalTime');
};

export const httpUrl: Rule<string> = (value) => {
  if (typeof value === 'string' && Buffer.byteLength(value) > LONGEST_URL_BYTES)
    return new Wrong('urlTooLong', { max: LONGEST_URL_BYTES });
  return typeof value === 'string' && httpUrlProblem(value) === undefined ? value : new Wrong('notUrl');
};

export const secureUrl: Rule<string> = (value) => {
  const url = httpUrl(value);
  if (url instanceof Wrong) return url.kind === 'notUrl' ? new Wrong('notSecureUrl') : url;
  return url.toLowerCase().startsWith('https://') ? url : new Wrong('notSecureUrl');
};

export const password: Rule<string> = (value) =>
  typeof value === 'string' && SETTING_RULES.password.problem(value) === undefined
    ? value
    : new Wrong('wrongPassword', { min: 4, max: 64 });

export function brandLinkId(reserved: ReservedSegments): Rule<string> {
  return (value) => {
    if (typeof value !== 'string') return new Wrong('notText');
    const code = normalizeCode(value);
    if (codeProblem(code, reserved) === undefined) return value;
    if (code.length > LONGEST_CODE) return new Wrong('wrongLength', { min: 1, max: LONGEST_CODE });
    return new Wrong(reserved.has(code) ? 'reservedLinkId' : 'wrongLinkId');
  };
}

/** Its length is looked at before every link is. */
export function linkList(max: number): Rule<unknown[]> {
  return (value) => {
    if (!Array.isArray(value)) return new Wrong('notAList');
    if (value.length > max) return new Wrong('tooManyLinks', { max });
    return value.length > 0 ? value : new Wrong('noLinks');
  };
}

/** Part of what is sought, or a name that is looked up: what is too long is simply not there. */
export const name = text({ max: 3_000 });
