import type { z } from 'zod';

/** What values are called, by the names the schema's library has for them. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  uuid: 'a UUID',
  datetime: 'an instant such as 2026-03-31T23:59:59Z',
};

/** Of what is counted rather than measured. */
const COUNTED: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

/**
 * What is wrong with a value, in the words of our own rules: it follows the name of its field. For what the schema itself
 * has no words for.
 */
export function plainSentence(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return mustBe(KINDS[issue.expected]);
    case 'invalid_value':
      return mustBe(choice(issue.values));
    case 'invalid_format':
      return mustBe(FORMATS[issue.format]);
    case 'too_small':
      return limit('at least', issue.minimum, issue.origin);
    case 'too_big':
      return limit('at most', issue.maximum, issue.origin);
    case 'invalid_union':
      return Array.isArray(issue.options) ? mustBe(choice(issue.options)) : anyOf(issue.errors);
    default:
      return UNKNOWN;
  }
}

/** Where no sentence says it better. */
export const UNKNOWN = 'is not valid';

function mustBe(what: string | undefined): string {
  return what === undefined ? UNKNOWN : `must be ${what}`;
}

function choice(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function limit(bound: string, value: number | bigint, origin: string): string {
  const counted = COUNTED[origin];
  if (counted === undefined) return `must be ${bound} ${value}`;
  return `must have ${bound} ${value} ${counted}${Number(value) === 1 ? '' : 's'}`;
}

/** Where a value may be this or that, and is neither. */
function anyOf(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const sentences = [
    ...new Set(errors.flat().map(({ path, message }) => (path.length === 0 ? message : UNKNOWN))),
  ];
  return sentences.every((one) => one.startsWith('must be '))
    ? sentences.join(' or ').replaceAll(' or must be ', ' or ')
    : UNKNOWN;
}
