import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { ENGINES, type Engine, POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import type { Call, Json } from './api.ts';
import { Bit2Connect, isPlain } from './bit2connect-client.ts';
import { pathOf, ROUTES, type Route } from './bit2connect-routes.ts';

const EACH = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
const WITH_BODY = EACH.filter(([, { body }]) => body !== undefined);

/** Both forms of an error on every route, and the headers on every answer; `Bit2Connect` looks at those. */
describe.each(ENGINES)('errors of the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  const there = { code: 'there', id: '' };
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
    await client.link(there.code);
    there.id = (await client.app({ platform: 'IOS', name: 'x', bundleId: 'com.example.x' })).id;
  });
  afterAll(() => client.close());

  const refused = (status: number, code: string, route: Route, call: Call = {}, names = there) => {
    const body = route.body === undefined || call.text !== undefined ? {} : { body: route.body };
    return client.refused(status, code, route.method, pathOf(route, names), { ...body, ...call });
  };
  /** As the route says no: a sentence, or an object. */
  const errorOf = ({ method, path }: Route, { json }: { readonly json: Json }) =>
    isPlain(method, path) ? json.error : json.error.message;

  describe.each(EACH)('%s', (_, route) => {
    test('without a key, or with one that is none', async () => {
      for (const call of [
        { key: null },
        { key: '' },
        { key: 'b2co_1234567890abcdef1234567890abcdef' },
        { key: null, headers: { authorization: 'Basic eDp5' } },
        { key: null, headers: { authorization: 'Bearer nobody' } },
      ]) {
        const { json, headers } = await refused(401, 'INVALID_API_KEY', route, call);
        expect(json.error.message).toBe('Invalid or missing API key');
        expect(headers['www-authenticate']).toMatch(/^Bearer/);
      }
    });

    test('with a key that has expired', async () => {
      const key = await client.key(['*'], new Date(Date.now() - 1).toISOString());
      const { json } = await refused(401, 'API_KEY_EXPIRED', route, { key });
      expect(json.error.message).toBe('API key has expired and must be regenerated');
    });

    test('with a key that may not', async () => {
      const other = route.scope === 'links:read' ? 'links:write' : 'links:read';
      const key = await client.key([other, 'groups:read', 'groups:write']);
      const { json } = await refused(403, 'INSUFFICIENT_PERMISSIONS', route, { key });
      expect(json.error).toMatchObject({
        message: 'Your API key does not have permission to perform this action',
        details: { field: 'X-API-KEY', issue: `lacks the scope ${route.scope}` },
      });
    });

    test('of something that is not there', async () => {
      for (const names of [
        { code: 'nothing', id: randomUUID() },
        { code: '\u0000', id: '\u0000' },
        { code: "' or 1=1 --", id: 'x' },
        { code: '__proto__', id: '__proto__' },
        { code: 'x'.repeat(5_000), id: 'x'.repeat(5_000) },
      ]) {
        if (route.of === 'link') await refused(404, 'LINK_NOT_FOUND', route, {}, names);
        if (route.of === 'app') await refused(404, 'MOBILE_APP_NOT_FOUND', route, {}, names);
      }
      if (route.of === 'link') {
        const expected = isPlain(route.method, route.path)
          ? 'Link not found'
          : 'Link with the specified code was not found';
        const nothing = { code: 'nothing', id: '' };
        expect(errorOf(route, await refused(404, 'LINK_NOT_FOUND', route, {}, nothing))).toBe(expected);
      }
    });
  });

  describe.each(WITH_BODY)('%s', (_, route) => {
    test.each(['{', '{"payload":', '[1,]', 'nonsense', '{"a":"\\u12"}', '\u0000', '{"__proto__":'])(
      'with a body that is no JSON: %s',
      async (text) => {
        expect(errorOf(route, await refused(400, 'BAD_REQUEST', route, { text }))).toBe(
          'The request body is not valid JSON',
        );
      },
    );

    test.each(['{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}'])(
      'with a name that is not taken: %s',
      async (text) => {
        expect(errorOf(route, await refused(400, 'BAD_REQUEST', route, { text }))).toMatch(
          /^The body names "__proto__", or "prototype" inside of "constructor"; call it something else\.$/,
        );
      },
    );

    test('with a body that is something else', async () => {
      for (const type of [
        'application/x-www-form-urlencoded',
        'text/plain',
        'multipart/form-data; boundary=x',
        'x',
      ]) {
        const text = 'payload[link]=https://example.com/';
        const call = { text, headers: { 'content-type': type } };
        expect(errorOf(route, await refused(415, 'VALIDATION_ERROR', route, call))).toMatch(/must be JSON/);
      }
    });

    test('with a body that is too large, or deep', async () => {
      const large = { text: JSON.stringify({ name: 'x'.repeat(1024 * 1024) }) };
      expect(errorOf(route, await refused(413, 'VALIDATION_ERROR', route, large))).toMatch(/too large/);
      const answer = await client.call(route.method, pathOf(route, there), {
        text: `{"payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      });
      expect(answer.status).toBeLessThan(500);
    });

    test('with a body that is no object', async () => {
      for (const body of [null, [], 'x', 5, true]) {
        const { problems } = await refused(422, 'VALIDATION_ERROR', route, { body });
        expect(problems).toEqual(['body must be an object']);
      }
    });
  });

  test.each([
    ['GET', ''],
    ['GET', '/'],
    ['GET', '?x=1'],
    ['GET', '/nothing'],
    ['GET', '/Links'],
    ['GET', '/links/a/b/c'],
    ['POST', '/links/there'],
    ['GET', '/links/there/status'],
    ['DELETE', '/mobile-apps'],
    ['PATCH', '/mobile-apps/x'],
    ['OPTIONS', '/links'],
    ['PROPFIND', '/links'],
    ['TRACE', '/links'],
  ])('%s /1.0%s leads nowhere, key or not', async (method, path) => {
    for (const call of [{}, { key: null }, { key: 'nobody' }]) {
      const { message } = await client.refused(404, 'NOT_FOUND', method, path, call);
      expect(message).toBe('There is nothing at this path');
    }
  });

  test.each(['/%', '/%ff', '/links/%E0%A4%A', '/links/check/%ff'])('/1.0%s cannot be read', async (path) => {
    const { message } = await client.refused(400, 'BAD_REQUEST', 'GET', path);
    expect(message).toBe('The path of the request cannot be read');
    await client.refused(400, 'BAD_REQUEST', 'GET', path, { key: null });
  });

  test('a path that only begins like ours is somebody else’s', async () => {
    for (const path of ['/1.01/%ff', '/1.0x']) {
      const answer = await client.api.send('GET', path, undefined, {});
      expect(answer.headers).not.toHaveProperty('x-ratelimit-limit');
    }
  });

  test('an empty body is none, whatever its type', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      for (const text of ['', undefined]) {
        await client.link('emptied');
        const headers = { 'content-type': type };
        const answer = await client.call(
          'DELETE',
          '/links/emptied',
          text === undefined ? { headers } : { text, headers },
        );
        expect(answer.status, answer.text).toBe(200);
      }
    }
  });

  test('a defect is answered without details, in the form of the route', async () => {
    await client.link('broken');
    const app = await client.app({ platform: 'IOS', name: 'x', bundleId: 'com.example.x' });
    const { database, feed } = await openStore(client.api.location);
    await database.transact('test', async (tx) => {
      const links = tx.db.selectFrom('link_code').select('link_id').where('code', '=', 'broken');
      await tx.db.updateTable('link').set({ settings: '{' }).where('id', 'in', links).execute();
      await tx.db
        .updateTable('app')
        .set({ sha256_fingerprints: '{' })
        .where('public_id', '=', app.id)
        .execute();
    });
    await feed.stop();
    await database.close();
    for (const route of ROUTES.filter(({ of }) => of !== undefined)) {
      const refusal = await refused(500, 'INTERNAL_ERROR', route, {}, { code: 'broken', id: app.id });
      expect(errorOf(route, refusal)).toBe('Something went wrong on our side; please try again later');
      expect(refusal.problems).toEqual([]);
    }
  });
});

describe.each(ENGINES)('the limit of requests, on $name', (engine) => {
  const LIMIT = 20;
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine, { env: { BIT2CONNECT_RATE_LIMIT: String(LIMIT) } });
  });
  afterAll(() => client.close());

  test('a key has its number of requests, good or bad, and no more until the window ends', async () => {
    const key = await client.key(['links:read']);
    const other = await client.key(['*']);
    const requests: [string, string][] = [
      ['GET', '/links'],
      ['GET', '/nothing'],
      ['DELETE', '/links/x'],
      ['GET', '/links?page=0'],
    ];
    let resetAt: unknown;
    for (let count = 1; count <= LIMIT; count++) {
      const [method, path] = requests[count % requests.length] as [string, string];
      const { status, headers } = await client.call(method, path, { key });
      expect(status).not.toBe(429);
      expect(headers['x-ratelimit-limit']).toBe(String(LIMIT));
      expect(headers['x-ratelimit-remaining']).toBe(String(LIMIT - count));
      resetAt ??= headers['x-ratelimit-reset'];
      expect(headers['x-ratelimit-reset']).toBe(resetAt);
    }
    const hour = Date.parse(String(resetAt)) - Date.now();
    expect(hour).toBeGreaterThan(3_500_000);
    expect(hour).toBeLessThanOrEqual(3_600_000);

    for (const route of ROUTES) {
      const path = pathOf(route, { code: 'x', id: 'x' });
      const call = { key, ...(route.body ? { body: route.body } : {}) };
      const over = await client.refused(429, 'RATE_LIMIT_EXCEEDED', route.method, path, call);
      expect(over.json.error.message).toBe('Rate limit exceeded. Please try again later.');
      expect(over.headers['x-ratelimit-remaining']).toBe('0');
      const retryAfter = Number(over.headers['retry-after']);
      expect(retryAfter).toBeGreaterThan(3_500);
      expect(retryAfter).toBeLessThanOrEqual(3_600);
    }
    await client.refused(429, 'RATE_LIMIT_EXCEEDED', 'GET', '/nothing', { key });
    await client.refused(429, 'RATE_LIMIT_EXCEEDED', 'GET', '/%ff', { key });
    expect((await client.call('GET', '/links', { key: other })).status, 'another key').toBe(200);
    expect((await client.api.call('GET', '/links', { key })).status, 'another surface').toBe(200);
    const written = await client.call('POST', '/links', {
      key: other,
      body: { payload: { link: 'https://a.b/' } },
    });
    expect(written.headers['x-ratelimit-remaining']).toBe(String(LIMIT - 2));
  });

  test('whoever has no key is counted by address, whatever is made up as a key', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (let count = 0; count < LIMIT; count++) {
      const call = { key: `made-up-${count}`, headers: from(`2001:db8:1:2::${count}`) };
      const { headers } = await client.refused(401, 'INVALID_API_KEY', 'GET', '/links', call);
      expect(headers['x-ratelimit-remaining']).toBe(String(LIMIT - 1 - count));
    }
    const more = { key: 'one-more', headers: from('2001:db8:1:2::ffff') };
    await client.refused(429, 'RATE_LIMIT_EXCEEDED', 'GET', '/links', more);
    const elsewhere = { key: 'one-more', headers: from('2001:db8:1:3::1') };
    await client.refused(401, 'INVALID_API_KEY', 'GET', '/links', elsewhere);
    const good = await client.call('GET', '/links', { headers: from('2001:db8:1:2::ffff') });
    expect(good.status, 'a good key from there').toBe(200);
  });
});

describe.runIf(runs(POSTGRES))('while the database is away', () => {
  let client: Bit2Connect;
  let proxy: TcpProxy;
  beforeAll(async () => {
    const behindProxy: Engine = {
      name: POSTGRES.name,
      async open() {
        const { location, close } = await POSTGRES.open();
        const { database } = location;
        if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
        proxy = await TcpProxy.open(database.url);
        return {
          location: { ...location, database: { ...database, url: proxy.through(database.url) } },
          close: async () => {
            await proxy.close();
            await close();
          },
        };
      },
    };
    client = await Bit2Connect.open(behindProxy);
    await client.link('there');
  });
  afterAll(async () => {
    await proxy.pass();
    await client.close();
  });

  test('every route says that trying again is right, and then it is', async () => {
    const names = { code: 'there', id: randomUUID() };
    await proxy.drop();
    for (const route of ROUTES) {
      const call = route.body ? { body: route.body } : {};
      const path = pathOf(route, names);
      const { headers } = await client.refused(503, 'SERVICE_UNAVAILABLE', route.method, path, call);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    await client.refused(503, 'SERVICE_UNAVAILABLE', 'GET', '/links', { key: 'not remembered' });
    await proxy.pass();
    await until(
      async () => (await client.call('GET', '/links/there')).status === 200,
      'the database is back',
    );
  });
});
