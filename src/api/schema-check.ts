import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import type { FieldProblem } from '../errors.ts';
import { plainSentence, UNKNOWN } from './plain-sentence.ts';

export type Checked<T> =
  | { readonly data: T; readonly problems?: undefined }
  | { readonly problems: readonly FieldProblem[] };

/** Holds what somebody sent against a schema. The field of a problem with all of it is empty. */
export function checked<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const { data, error } = schema.safeParse(input, { error: plainSentence });
  return error ? { problems: problemsOf(error.issues) } : { data: data as T };
}

/** What is wrong with a part of a request. Fastify tells in `validationContext` with which. */
export class InvalidInput extends Error {
  readonly problems: readonly FieldProblem[];
  readonly validationContext?: string;

  constructor(problems: readonly FieldProblem[]) {
    super('the request breaks its schema');
    this.problems = problems;
  }
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (input) => {
    const { problems, ...rest } = checked(schema, input);
    return problems ? { error: new InvalidInput(problems) } : { value: (rest as { data: unknown }).data };
  };

function problemsOf(issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  // A number that is far too large breaks a limit of the library, too: only ours, which is the last, is told.
  const told = new Map(
    issues.map((issue, at) => [
      issue.code === 'too_big' || issue.code === 'too_small' ? `${issue.code} ${issue.path.join('/')}` : at,
      issue,
    ]),
  );
  return [...told.values()].flatMap((issue) => {
    const within = partsOf(issue);
    const named = within.length > 0 ? within : [{ field: '', message: issue.message }];
    return named.map(({ field, message }) => ({
      field: [...issue.path, ...(field === '' ? [] : [field])].join('.'),
      message,
    }));
  });
}

/** Problems within the value, where they say more than that it is wrong. */
function partsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  // A field nobody knows is named itself, not what it stands in.
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key, message: 'is not known' }));
  }
  if (issue.code !== 'invalid_union' || issue.message !== UNKNOWN) return [];
  // Of the kinds of objects it may be, the one it is most like.
  const kinds = issue.errors.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return kinds.map(problemsOf).sort((one, other) => one.length - other.length)[0] ?? [];
}
