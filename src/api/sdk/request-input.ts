import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { checked } from '../schema-check.ts';

/** A text that may be missing; nothing, `null` and an empty text are the same. */
export function optionalText(max: number) {
  return z.preprocess(
    (value) => (value === null || value === '' ? undefined : value),
    z
      .string({ error: 'must be a string' })
      .max(max, { error: `must have at most ${max} characters` })
      .optional(),
  );
}

/** Names nobody knows are ignored: the SDK may come to say more. @throws Failure `invalid` naming every broken field */
export function readInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = checked(schema, input ?? {});
  if (!read.problems) return read.data;
  throw Failure.invalid(read.problems.map(({ field, message }) => ({ field: field || 'body', message })));
}
