import { expect, test } from 'vitest';
import { z } from 'zod';
import { checked } from './schema-check.ts';

const many = Array.from({ length: 4 }, () => 'x');

test.each<[string, z.ZodType, unknown, string]>([
  ['a whole number', z.int().min(0).max(9), 1.5, 'must be a whole number'],
  ['a limit', z.int().min(0).max(9), -1, 'must be at least 0'],
  ['one limit of two', z.int().min(0).max(9), 1e300, 'must be at most 9'],
  ['a number in a query', z.coerce.number().int().min(1), 'ten', 'must be a number'],
  ['a string', z.string(), 1, 'must be a string'],
  ['nothing', z.string(), undefined, 'is required'],
  ['no choice', z.enum(['a', 'b']), undefined, 'is required'],
  ['neither of two', z.enum(['a', 'b']), 'c', 'must be one of a, b'],
  ['the only one', z.literal(true), false, 'must be true'],
  ['a flag', z.boolean(), 'yes', 'must be true or false'],
  ['a list', z.array(z.string()), {}, 'must be an array'],
  ['too long a list', z.array(z.string()).max(3), many, 'must have at most 3 items'],
  ['an empty text', z.string().min(1), '', 'must have at least 1 character'],
  ['too long a text', z.string().max(3), 'four', 'must have at most 3 characters'],
  ['an object', z.record(z.string(), z.string()), 'x', 'must be an object'],
  ['an instant', z.iso.datetime({ offset: true }), 'soon', 'must be an instant such as 2026-03-31T23:59:59Z'],
  ['an address', z.email(), 'ann', 'must be an e-mail address'],
  ['several kinds', z.union([z.int(), z.literal(false)]), 'x', 'must be a number or false'],
  ['words of its own', z.string('must be a word'), 1, 'must be a word'],
  ['a pattern without words', z.string().regex(/^a$/), 'b', 'is not valid'],
])('%s is told in plain words', (_, schema, input, message) => {
  expect(checked(schema, input)).toEqual({ problems: [{ field: '', message }] });
});

test('every field is named, those nobody knows themselves', () => {
  const schema = z.strictObject({ a: z.string(), b: z.strictObject({ c: z.int() }) });
  expect(checked(schema, { b: { c: 0.5, d: 1 }, e: 2 })).toEqual({
    problems: [
      { field: 'a', message: 'is required' },
      { field: 'b.c', message: 'must be a whole number' },
      { field: 'b.d', message: 'is not known' },
      { field: 'e', message: 'is not known' },
    ],
  });
  const kinds = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a') }),
    z.object({ kind: z.literal('b') }),
  ]);
  expect(checked(kinds, { kind: 'c' })).toEqual({
    problems: [{ field: 'kind', message: 'must be one of a, b' }],
  });
  const either = z.union([
    z.string(),
    z.strictObject({ id: z.string() }),
    z.strictObject({ a: z.int(), b: z.int() }),
  ]);
  expect(checked(z.object({ either }), { either: { a: 1, b: 'x' } })).toEqual({
    problems: [{ field: 'either.b', message: 'must be a number' }],
  });
  expect(checked(kinds, {})).toEqual({ problems: [{ field: 'kind', message: 'must be one of a, b' }] });
});
