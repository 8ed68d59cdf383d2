import { z } from 'zod';
import type { FieldProblem } from '../../errors.ts';
import { checked } from '../schema-check.ts';
import { Refusal } from './refusal.ts';

/** Parts of the schemas, and how what a client sent is held against them. Keys that nobody knows are ignored. */

export const REQUIRED = 'is required';

const otherwise = (message: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? REQUIRED : message;

/** @param rule what is wrong with a text, by the core's own rules */
export function text(rule: (value: string) => string | undefined = () => undefined) {
  return z.string({ error: otherwise('must be a string') }).superRefine((value, context) => {
    const message = rule(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

export const flag = z.boolean({ error: otherwise('must be true or false') });

export function oneOf<const T extends string>(...values: readonly [T, ...T[]]) {
  return z.enum(values, { error: otherwise(`must be ${values.join(' or ')}`) });
}

/** Counted before it is looked at: of too long a list that alone is said, and not what is wrong with each item. */
export function listOf<Item extends z.ZodType<unknown, unknown>>(item: Item, max: number) {
  return z
    .array(z.unknown(), { error: otherwise('must be an array') })
    .max(max, { error: `must be at most ${max}` })
    .pipe(z.array(item));
}

export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, { error: otherwise('must be an object') });
}

/** Inside a section nothing, `null` and an empty text are the same: the section does not say it. */
export function blank<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional());
}

/** @throws Refusal naming every broken field */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = checked(schema, body === undefined ? {} : body);
  if (!read.problems) return read.data;
  const problems = named(read.problems);
  const onlyMissing = problems.every(({ message }) => message === REQUIRED);
  throw new Refusal(onlyMissing ? 'MISSING_REQUIRED_FIELD' : 'VALIDATION_ERROR', { problems });
}

/** Of these the documents have a sentence. */
const PAGE_FIELDS: ReadonlySet<string> = new Set(['page', 'pageSize', 'limit']);

/** @throws Refusal `INVALID_PARAMETERS` */
export function readQuery<T>(schema: z.ZodType<T>, query: unknown): T {
  const read = checked(schema, query);
  if (!read.problems) return read.data;
  const problems = named(read.problems);
  const isAboutPages = problems.some(({ field }) => PAGE_FIELDS.has(field));
  throw new Refusal('INVALID_PARAMETERS', {
    problems,
    ...(isAboutPages ? { message: 'Invalid page number or limit' } : {}),
  });
}

function named(problems: readonly FieldProblem[]): FieldProblem[] {
  return problems.map(({ field, message }) => ({ field: field || 'body', message }));
}
