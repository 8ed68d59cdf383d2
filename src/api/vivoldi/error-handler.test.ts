import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure, type FailureCode } from '../../errors.ts';
import { errorHandler } from './error-handler.ts';
import { Refusal } from './refusal.ts';

class DatabaseAway extends Error {}

/** What a route throws, and what its caller gets. */
const CASES: readonly [what: string, error: Error, status: number, code: number, message: RegExp][] = [
  ['a refusal', new Refusal({ kind: 'required', field: 'url' }), 200, 400, /^url: This field/],
  ['the database is away', new DatabaseAway(), 503, 503, /database/],
  ['a defect', new TypeError('x is not a function'), 500, 500, /on our side/],
  ['what Fastify cannot read', Object.assign(new Error('no'), { statusCode: 400 }), 200, 400, /body/],
  ['too much', Object.assign(new Error('no'), { statusCode: 413 }), 413, 413, /too large/],
  ['a type nobody asked for', Object.assign(new Error('no'), { statusCode: 415 }), 200, 400, /Content-Type/],
  ...(
    [
      ['unauthenticated', 401, 401],
      ['key-expired', 401, 401],
      ['forbidden', 403, 403],
      ['not-found', 200, 404],
      ['stale', 200, 400],
      ['conflict', 200, 400],
      ['idempotency-conflict', 200, 400],
      ['busy', 503, 503],
      ['unavailable', 503, 503],
    ] satisfies [FailureCode, number, number][]
  ).map(([code, status, told]): (typeof CASES)[number] => [
    `the core: ${code}`,
    new Failure(code, 'words of the core'),
    status,
    told,
    /^[A-Z]/,
  ]),
  [
    'the core, about a field',
    Failure.invalidField('links[3].settings.endsAt', 'words of the core'),
    200,
    400,
    /^links\[3\]\.endYmdt: .*strtYmdt/,
  ],
  [
    'the core, about a group that has just gone',
    Failure.invalidField('groupId', 'words of the core'),
    200,
    404,
    /^grpIdx: /,
  ],
  [
    'the core, about what no client knows',
    Failure.invalidField('externalId', 'words of the core'),
    200,
    400,
    /^This value is not valid/,
  ],
  [
    'a code that is taken',
    new Failure('code-taken', 'words of the core', [
      { field: 'links[2].code', message: 'words of the core' },
    ]),
    200,
    409,
    /^links\[2\]\.brandLinkId: /,
  ],
  [
    'webhooks that are off',
    new Failure('webhooks-off', 'words of the core', [
      { field: 'settings.webhookEnabled', message: 'words of the core' },
    ]),
    200,
    423,
    /^webhookEnableYn: /,
  ],
];

describe('whatever a route throws', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = Fastify();
    app.setErrorHandler(errorHandler((error) => error instanceof DatabaseAway));
    app.get('/:index', async (request) => {
      const { index } = request.params as { index: number };
      throw CASES[index]?.[1];
    });
    await app.ready();
  });
  afterAll(() => app.close());

  it.each(CASES.map(([what, , ...told], index) => [what, index, ...told] as const))(
    'is answered in this API’s own words: %s',
    async (_, index, status, code, message) => {
      const answer = await app.inject({ url: `/${index}` });
      expect(answer.statusCode).toBe(status);
      expect(answer.json()).toEqual({ code, message: expect.stringMatching(message), result: null });
      expect(answer.body).not.toMatch(/words of the core|not a function/);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        ...(status === 503 ? { 'retry-after': '2' } : {}),
      });
      const korean = await app.inject({ url: `/${index}`, headers: { 'accept-language': 'ko' } });
      expect(korean.json().message).toMatch(/[가-힣]/);
    },
  );
});
