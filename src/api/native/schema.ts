import { z } from 'zod';
import { Failure } from '../../errors.ts';

/** Parts that the schemas of several resources share. */

/** What our own answers can show: beyond it `toISOString` writes years that are no RFC 3339. */
const LATEST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const instant = z.iso
  .datetime({ offset: true })
  // A text that is no instant at all has been called so already.
  .refine((text) => !(Date.parse(text) < 0 || Date.parse(text) > LATEST_INSTANT), {
    error: 'must be an instant between 1970 and 9999',
  })
  .meta({ description: 'RFC 3339, with any offset', example: '2026-03-31T23:59:59Z' });

export const publicId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not an id');

/** Text of a query string that is looked for in the database, which has no NUL. */
export function soughtText(max: number) {
  return z
    .string()
    .max(max)
    .regex(/^[^\0]*$/, 'must not contain NUL')
    .optional();
}

export const idParameters = z.object({ id: publicId });

export const listQuery = {
  cursor: z.string().max(200).optional().meta({ description: '`nextCursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Cursor of the next page; null on the last' });

export const ifMatchHeader = z.object({
  'if-match': z.string().optional().meta({
    description: 'The `ETag` last read: the call is refused (412) when somebody has changed it since',
  }),
});

export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must have 1 to 200 printable characters')
    .optional()
    .meta({
      description:
        'Your own id of this request: repeating it within 24 hours repeats the answer, not the effect',
    }),
});

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable' }),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const PROBLEMS = {
  400: 'The request cannot be read',
  401: 'No valid API key',
  403: 'The key lacks the scope',
  404: 'Not found',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'A field breaks a rule',
  503: 'It is not available now: the database cannot be reached, or too much is asked at once',
} as const;

/** Documents the problems a route answers with; the usual ones need not be named. */
export function problems(...statuses: (keyof typeof PROBLEMS)[]) {
  return Object.fromEntries(
    [400, 401, 403, 422, 503, ...statuses].map((status) => [
      status,
      {
        description: PROBLEMS[status as keyof typeof PROBLEMS],
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}

/** What `GET` lists is ordered by falling id; the cursor hides that. */
export function cursorOf(id: number): string {
  return Buffer.from(`v1:${id}`).toString('base64url');
}

/** @throws Failure `invalid` */
export function idBefore(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const match = /^v1:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw Failure.invalidField('querystring.cursor', 'is not a cursor of this API');
  return Number(match[1]);
}

/** Cuts one row more than was asked for, which tells whether there is a next page. */
export function page<T extends { readonly id: number }>(rows: readonly T[], limit: number) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? cursorOf(last.id) : null };
}

/** @throws Failure `invalid` */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const match = /^(?:W\/)?"(\d{1,15})"$/.exec(ifMatch.trim());
  if (!match) throw Failure.invalidField('headers.if-match', 'must be an ETag of this resource, such as "3"');
  return Number(match[1]);
}

export function etag(version: number): string {
  return `"${version}"`;
}

export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function milliseconds(text: string): number {
  return Date.parse(text);
}
