import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { wrongOf } from './field-rules.ts';
import type { MessageKind } from './messages.ts';
import { type Problem, Refusal, refuseAny } from './refusal.ts';

/** The fields that are numbers; in forms and query strings everything is text. */
const NUMBERS: ReadonlySet<string> = new Set([
  'grpIdx',
  'groupIdx',
  'redirectType',
  'acesMaxCnt',
  'webhookFrequency',
  'pages',
  'createTypeIdx',
]);

/**
 * Bodies are JSON or, as in the API's first years, forms. Keys that nobody knows are ignored, whatever they are called.
 * What is not UTF-8 is refused: decoded as if it were, the titles of an older Korean client would be kept as nonsense.
 */
export function takeJsonAndForms(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('remove', 'remove');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (saysNothing(request, body)) done(null, undefined);
    else if (isUtf8(body)) parse(request, body.toString(), done);
    else done(new Refusal({ kind: 'notUtf8' }));
  });
  app.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (saysNothing(request, body)) return undefined;
      if (!isUtf8(bytesMeantBy(body))) throw new Refusal({ kind: 'notUtf8' });
      return withNumbers(Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );
  app.addContentTypeParser<Buffer>(
    '*',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (!saysNothing(request, body)) throw new Refusal({ kind: 'wrongContentType' });
    },
  );
}

/**
 * Without a body it does not matter what the header calls it: clients send one with every DELETE. Nor does the body
 * of a DELETE, whose parameters are in the query.
 */
function saysNothing({ method }: FastifyRequest, body: Buffer): boolean {
  return body.length === 0 || method === 'DELETE';
}

/** A form without its escapes: `%BC` is one byte. */
function bytesMeantBy(form: Buffer): Buffer {
  const meant = form
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(meant, 'latin1');
}

/** @throws Refusal naming every broken field */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  return read(schema, body, 'noBody');
}

/** @throws Refusal naming every broken field */
export function readQuery<T extends z.ZodObject>(schema: T, query: unknown): z.output<T> {
  const given = query as Readonly<Record<string, string | string[]>>;
  const twice = Object.keys(schema.shape).filter((name) => Array.isArray(given[name]));
  refuseAny(twice.map((field) => ({ kind: 'sentTwice', field })));
  return read(schema, withNumbers(given as Readonly<Record<string, string>>), 'invalid');
}

function read<T extends z.ZodType>(schema: T, input: unknown, whenNoObject: MessageKind): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) refuseAny(parsed.error.issues.map((issue) => problemOf(issue, whenNoObject)));
  return parsed.data as z.output<T>;
}

function problemOf(issue: z.core.$ZodIssue, whenNoObject: MessageKind): Problem {
  const field = fieldOf(issue.path);
  const wrong = wrongOf(issue);
  if (wrong) return { kind: wrong.kind, values: wrong.values, field };
  if (issue.path.length === 0) return { kind: whenNoObject };
  const isNoObject = issue.code === 'invalid_type' && issue.expected === 'object';
  return { kind: isNoObject ? 'notAnObject' : 'invalid', field };
}

/** `links[3].url`, as the client would write it. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

function withNumbers(texts: Readonly<Record<string, string>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [
      name,
      NUMBERS.has(name) && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    ]),
  );
}
