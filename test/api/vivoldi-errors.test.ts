import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../../src/accounts/scope.ts';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { KEY } from './api.ts';
import { IN_KOREAN, URL_A, Vivoldi } from './vivoldi-client.ts';
import { isKorean } from './vivoldi-fields.ts';
import { fullPath, ROUTES } from './vivoldi-routes.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const WRITES = ROUTES.filter(({ body }) => body !== undefined);

describe.each(ENGINES)('what the whole API has in common, on $name', (engine) => {
  let vivoldi: Vivoldi;
  let key: (scopes: readonly string[], expiresAt?: string) => Promise<string>;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
    key = async (scopes, expiresAt) =>
      (await vivoldi.api.ok('POST', '/keys', { body: { name: 'x', scopes, expiresAt: expiresAt ?? null } }))
        .key;
  });
  afterAll(() => vivoldi.close());

  describe.each(ROUTES)('$method $path', (route) => {
    const { method, scope, body } = route;
    const path = fullPath(route);

    test('takes every form of the key', async () => {
      for (const headers of [
        { authorization: `APIKey ${KEY}` },
        { authorization: `Bearer ${KEY}` },
        { 'x-api-key': KEY },
      ]) {
        const { status } = await vivoldi.call(method, path, { body, key: null, headers });
        expect(status).toBe(200);
      }
    });

    test('answers 401 without a key that is valid', async () => {
      const before = await vivoldi.writes();
      for (const headers of [
        {},
        { authorization: `Basic ${KEY}` },
        { authorization: KEY },
        { authorization: 'APIKey' },
        { authorization: `APIKey ${KEY}x` },
        { 'x-api-key': 'no' },
      ]) {
        const answer = await vivoldi.call(method, path, { body, key: null, headers });
        expect(answer).toMatchObject({
          status: 401,
          headers: { 'www-authenticate': expect.stringMatching(/^APIKey /) },
          json: { code: 401, message: expect.stringMatching(/API key/) },
        });
      }
      expect(await vivoldi.writes()).toEqual(before);
    });

    test('answers 403 to a key that lacks the scope', async () => {
      const others = SCOPES.filter((one) => one !== scope && one !== '*');
      const answer = await vivoldi.call(method, path, { body, key: await key(others) });
      expect(answer).toMatchObject({ status: 403, json: { code: 403 } });
      expect(answer.json.message).toContain(scope);
      const { status } = await vivoldi.call(method, path, { body, key: await key([scope]) });
      expect(status).toBe(200);
    });

    test('speaks of nothing else by another method', async () => {
      for (const other of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        if (ROUTES.some((one) => one.method === other && one.path === route.path)) continue;
        const answer = await vivoldi.call(other, path, { key: null });
        expect(answer).toMatchObject({ status: 404, json: { code: 404 } });
      }
    });

    test('can be called from a page', async () => {
      const { status, headers } = await vivoldi.api.send('OPTIONS', `/api/${path}`, undefined, {
        origin: 'https://shop.example',
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,user-agent',
      });
      expect(status).toBe(204);
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-methods']).toContain(method);
      expect(headers['access-control-allow-headers']).toBe(
        'Authorization, X-API-KEY, Content-Type, Accept-Language, User-Agent',
      );
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    });
  });

  describe.each(WRITES)('the body of $method $path', ({ method, path, body }) => {
    test('is JSON, or a form', async () => {
      const good = JSON.stringify(body);
      const before = await vivoldi.writes();
      for (const [text, headers] of [
        ['{', {}],
        [`${good}x`, {}],
        ["{'url': 1}", {}],
        ['\u0000', {}],
        ['[]', {}],
        ['null', {}],
        ['"x"', {}],
        ['1', {}],
        ['[[[['.repeat(10_000), {}],
        ['', {}],
        [good, { 'content-type': 'text/plain' }],
        [good, { 'content-type': 'multipart/form-data; boundary=x' }],
        [good, { 'content-type': 'not a type' }],
        [good, { 'content-type': '' }],
        [good, FORM],
        ['%', FORM],
        ['', FORM],
      ] as const) {
        const message = await vivoldi.refused(400, method, path, { text, headers });
        expect(message, text).toMatch(/[a-z]/);
        const korean = await vivoldi.refused(400, method, path, {
          text,
          headers: { ...headers, ...IN_KOREAN },
        });
        const [field = ''] = /^\w+(?=: )/.exec(korean) ?? [];
        expect(isKorean(korean, field), korean).toBe(true);
      }
      expect(await vivoldi.writes()).toEqual(before);
    });

    test('is in UTF-8, so that no text is stored damaged', async () => {
      const before = await vivoldi.writes();
      // 세일 as older Korean clients write it, in EUC-KR.
      const raw = Buffer.from('bcbcc0cf', 'hex');
      const [start, end] = JSON.stringify({ ...body, memo: '|' }).split('|') as [string, string];
      for (const [text, headers] of [
        [Buffer.concat([Buffer.from(start), raw, Buffer.from(end)]), {}],
        [Buffer.concat([Buffer.from('memo='), raw]), FORM],
        ['memo=%BC%BC%C0%CF', FORM],
      ] as const) {
        expect(await vivoldi.refused(400, method, path, { text, headers })).toContain('UTF-8');
        const korean = { ...headers, ...IN_KOREAN };
        expect(await vivoldi.refused(400, method, path, { text, headers: korean })).toContain('UTF-8로');
      }
      expect(await vivoldi.writes()).toEqual(before);
    });

    test('has a size', async () => {
      const text = JSON.stringify({ ...body, extra: 'x'.repeat(9_000_000) });
      for (const headers of [{}, IN_KOREAN]) {
        const answer = await vivoldi.call(method, path, { text, headers });
        expect(answer).toMatchObject({ status: 413, json: { code: 413 } });
      }
    });
  });

  test.each([
    ['broken JSON', '{', 'application/json'],
    ['bytes of no meaning', Buffer.from('ff', 'hex'), 'application/json'],
    ['a broken form', '%BC', 'application/x-www-form-urlencoded'],
    ['text', 'linkId=x', 'text/plain'],
  ])('the body of a DELETE is ignored, also %s', async (_, text, type) => {
    const linkId = await vivoldi.link();
    const headers = { 'content-type': type };
    const answer = await vivoldi.call('DELETE', `link/v1/delete?linkId=${linkId}`, { text, headers });
    expect(answer.json).toEqual({ code: 0, message: '', result: null });
  });

  test('a DELETE may say it has JSON and have none', async () => {
    const linkId = await vivoldi.link();
    const headers = { 'content-type': 'application/json' };
    const answer = await vivoldi.call('DELETE', `link/v1/delete?linkId=${linkId}`, { headers });
    expect(answer.json).toEqual({ code: 0, message: '', result: null });
  });

  test.each([
    ['link/v2/create', 'PUT', 'link/v2/update'],
    ['link/v1/create', 'PUT', 'link/v1/update'],
  ])('a form says all that JSON does: %s', async (create, method, update) => {
    const grpIdx = await vivoldi.group();
    const made = await vivoldi.call('POST', create, {
      text: new URLSearchParams({
        url: URL_A,
        ttl: '봄 & 여름',
        acesMaxCnt: '3',
        grpIdx: `${grpIdx}`,
      }).toString(),
      headers: FORM,
    });
    const linkId = made.json.result.split('/').at(-1);
    expect(await vivoldi.get(linkId)).toMatchObject({ url: URL_A, ttl: '봄 & 여름', acesMaxCnt: 3, grpIdx });
    const text = new URLSearchParams({ linkId, acesMaxCnt: '', grpIdx: '0', pauseYn: 'Y' }).toString();
    expect((await vivoldi.call(method, update, { text, headers: FORM })).json.code).toBe(0);
    expect(await vivoldi.get(linkId)).toMatchObject({ acesMaxCnt: 0, grpIdx: 0, pauseYn: 'Y' });
    const wrong = new URLSearchParams({ linkId, acesMaxCnt: 'many' }).toString();
    expect(await vivoldi.refused(400, method, update, { text: wrong, headers: FORM })).toMatch(
      /^acesMaxCnt: /,
    );
  });

  test.each([
    '/api/link',
    '/api/link/',
    '/api/link/v3/create',
    '/api/link/v2/create/',
    '/api/link/v2//create',
    '/api/link/V2/create',
    '/api/link-group',
    '/api/link-group/v1/nothing',
    '/api/link-group/v3/list?grpIdx=1',
    '/api/link/v1/clicks',
    '/api/statistics',
    '/api/statistics/v3/clicks-by-date?startYmd=2026-03-01',
    '/api/statistics/v1/clicks-by-year',
    `/api/link/${'x'.repeat(5_000)}`,
  ])('there is nothing at %s, and nobody needs a key to hear so', async (path) => {
    for (const [headers, language] of [
      [{}, 'en'],
      [IN_KOREAN, 'ko'],
    ] as const) {
      const { status, headers: got, json } = await vivoldi.api.send('GET', path, undefined, headers);
      expect({ status, type: got['content-type'], json }).toEqual({
        status: 404,
        type: 'application/json; charset=utf-8',
        json: {
          code: 404,
          message: expect.stringMatching(language === 'ko' ? /[가-힣]/ : /endpoint/),
          result: null,
        },
      });
    }
  });

  test.each(['/api/link/%zz', '/api/link-group/v1/list%', '/api/link/%C3%28?x=1', '/api/statistics/%zz'])(
    'a path that cannot be read is said to be so: %s',
    async (path) => {
      const { headers, json } = await vivoldi.api.send('GET', path, undefined, { 'x-api-key': KEY });
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(json).toEqual({ code: 400, message: expect.stringMatching(/path/), result: null });
    },
  );

  test.each(['/api/linkage', '/api/links', '/api/v1/link', '/api/link-groups/v1/list', '/api/statistic/v1'])(
    '%s is not this API’s',
    async (path) => {
      expect((await vivoldi.api.send('GET', path, undefined, {})).headers['content-type']).toMatch(/problem/);
    },
  );

  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['ko', 'ko'],
    ['ko-KR', 'ko'],
    ['en-US,en;q=0.9,ko;q=0.8', 'en'],
    ['fr, ko;q=0.5', 'ko'],
    ['ja', 'en'],
    ['*', 'en'],
    ['ko;q=0', 'en'],
    [';;;,,,', 'en'],
  ])('Accept-Language: %s is answered in %s', async (header, language) => {
    const headers = header === undefined ? {} : { 'accept-language': header };
    const { json } = await vivoldi.call('POST', 'link/v2/create', { body: {}, headers });
    expect(json.message).toBe(
      language === 'ko'
        ? 'url: 필수 항목입니다. 값을 보내 주세요.'
        : 'url: This field is required; send a value.',
    );
  });

  test('names every broken field at once', async () => {
    const body = { url: 'x', ttl: 5, endYmdt: 'y', pwd: 'z' };
    const message = await vivoldi.refused(400, 'POST', 'link/v2/create', { body });
    expect(message.match(/\w+(?=: )/g)).toEqual(['url', 'ttl', 'endYmdt', 'pwd']);
  });

  test('a key that has ended is said to have', async () => {
    const ended = await key(['*'], new Date(Date.now() + 300).toISOString());
    const call = { key: ended, headers: IN_KOREAN };
    await until(
      async () => (await vivoldi.call('GET', 'link-group/v1/list', call)).status === 401,
      'the key has ended',
    );
    const { json } = await vivoldi.call('GET', 'link-group/v1/list', { ...call, headers: {} });
    expect(json).toMatchObject({ code: 401, message: expect.stringMatching(/expired/) });
    expect((await vivoldi.call('GET', 'link-group/v1/list', call)).json.message).toContain('만료');
  });

  test('HEAD is answered as GET, without a body', async () => {
    const answer = await vivoldi.call('HEAD', 'link-group/v1/list');
    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  test('passwords are in no answer, and in no history', async () => {
    vivoldi.api.secrets.add('crocus-4711').add('snowdrop-4711');
    const grpIdx = await vivoldi.group({ pwd: 'crocus-4711', nonmemberSticsPwd: 'snowdrop-4711' });
    const linkId = await vivoldi.link({ pwd: 'crocus-4711', nonmemberSticsPwd: 'snowdrop-4711', grpIdx });
    await vivoldi.getGroup(grpIdx);
    await vivoldi.get(linkId);
    await vivoldi.refused(400, 'PUT', 'link/v2/update', { body: { linkId, pwd: 'crocus-4711'.repeat(10) } });
    await vivoldi.api.ok('GET', '/changes?limit=100');
  });
});

describe('the limit on requests', () => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(SQLITE, { env: { VIVOLDI_RATE_LIMIT: '5/hour, 100/minute' } });
  });
  afterAll(() => vivoldi.close());

  test('holds for a key over both prefixes, and for nobody else', async () => {
    const { key: other } = await vivoldi.api.ok('POST', '/keys', { body: { name: 'x', scopes: ['*'] } });
    const paths = ['link-group/v1/list', 'link/v1/list?linkId=x&domain=vvd.bz'];
    for (let call = 0; call < 5; call++) await vivoldi.ok('GET', paths[call % 2] as string);
    for (const path of paths) {
      const answer = await vivoldi.call('GET', path);
      expect(answer).toMatchObject({ status: 429, json: { code: 429 } });
      const seconds = Number(answer.headers['retry-after']);
      expect(seconds).toBeGreaterThan(3_500);
      expect(seconds).toBeLessThanOrEqual(3_600);
      const korean = await vivoldi.call('GET', path, { headers: IN_KOREAN });
      expect(isKorean(korean.json.message, ''), korean.json.message).toBe(true);
    }
    expect((await vivoldi.call('GET', 'link-group/v1/list', { key: other })).status).toBe(200);
    expect((await vivoldi.call('GET', 'link-group/v1/list', { key: null })).status, 'no key').toBe(401);
    expect((await vivoldi.call('GET', 'link/none')).status, 'no route').toBe(404);
    await vivoldi.api.ok('GET', '/links');
  });
});
