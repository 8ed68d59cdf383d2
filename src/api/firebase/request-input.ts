import { z } from 'zod';
import { plainSentence } from '../plain-sentence.ts';
import { GoogleError } from './google-error.ts';

/** Parts of the schemas. As in Google's JSON, `null` is the same as absent and an unknown name is an error. */

/** Longer than anything that is kept: what is too long is the link's to say, in a warning. */
const LONGEST_TEXT = 20_000;

export const text = z
  .union([z.string().max(LONGEST_TEXT), z.number()], 'must be a string')
  .transform(String)
  .nullish()
  .transform((value) => value ?? undefined);

export const flag = z
  .boolean('must be true or false')
  .nullish()
  .transform((value) => value ?? undefined);

/**
 * An object as Google reads one: each name in camelCase, or as_the_definition_has_it. Said in both ways, the second is
 * unknown.
 */
export function object<Shape extends z.ZodRawShape>(
  shape: Shape,
  unknown: 'refused' | 'ignored' = 'refused',
) {
  const inCamelCase = new Map(Object.keys(shape).map((name) => [inSnakeCase(name), name]));
  const fields = z.strictObject(shape, 'must be an object');
  return z.preprocess(
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      const renamed = Object.entries(value).map(([name, inner]) => {
        const other = inCamelCase.get(name) ?? name;
        return [Object.hasOwn(value, other) ? name : other, inner];
      });
      return Object.fromEntries(renamed);
    },
    unknown === 'refused' ? fields : fields.strip(),
  );
}

export function section<Shape extends z.ZodRawShape>(shape: Shape, unknown?: 'refused' | 'ignored') {
  return object(shape, unknown)
    .nullish()
    .transform((value) => value ?? undefined);
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @throws GoogleError naming every field that is wrong */
export function readInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input ?? {}, { error: plainSentence });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    const at = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field: at || 'body', message: issue.message }];
    return issue.keys.slice(0, MOST_NAMED).map((key) => ({
      field: [at, key.slice(0, 100)].filter(Boolean).join('.'),
      message: 'is not a known field',
    }));
  });
  throw GoogleError.invalid(problems);
}

const MOST_NAMED = 20;
