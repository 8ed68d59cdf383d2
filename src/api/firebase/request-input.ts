import { z } from 'zod';
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

export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject(shape, 'must be an object')
    .nullish()
    .transform((value) => value ?? undefined);
}

/** @throws GoogleError naming every field that is wrong */
export function readInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input ?? {});
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
