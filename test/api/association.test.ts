import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppleFile } from '../../src/deeplinks/association/apple-file.ts';
import { opensApp } from '../../src/deeplinks/association/url-component.ts';
import { codeProblem, normalizeCode, RESERVED_SEGMENTS, ReservedSegments } from '../../src/links/code.ts';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, type Json, STRANGER } from './api.ts';

const APPLE = '/.well-known/apple-app-site-association';
const APPLE_OLD = '/apple-app-site-association';
const ANDROID = '/.well-known/assetlinks.json';
const fingerprint = (byte: string) => Array.from({ length: 32 }, () => byte).join(':');

const IOS = { platform: 'ios', name: 'Shop', identifier: 'com.example.shop', teamId: 'ABCDE12345' };
const ON_ANDROID = {
  platform: 'android',
  name: 'Shop',
  identifier: 'com.example.shop',
  sha256CertFingerprints: [fingerprint('aa')],
};

describe.each(ENGINES)('association files on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const save = (app: object, key?: string): Promise<Json> =>
    api.ok('POST', '/apps', { body: app, ...(key ? { key } : {}) });
  /** As a device or a store's cache asks: from outside, without a key. */
  const ask = (path: string, host = 'go.test', headers = {}, method = 'GET'): Promise<Answer> =>
    api.send(method, path, undefined, { host, ...headers });
  const appIds = async (host?: string): Promise<string[]> => {
    const { status, json } = await ask(APPLE, host);
    return status === 404 ? [] : json.applinks.details.flatMap(({ appIDs }: Json) => appIDs);
  };

  test('a domain with no app says so, in a sentence', async () => {
    for (const [path, words] of [
      [APPLE, 'No iOS app is saved'],
      [APPLE_OLD, 'No iOS app is saved'],
      [ANDROID, 'No Android app is saved'],
    ] as const) {
      const { status, headers, json } = await ask(path);
      expect(status).toBe(404);
      expect(headers).toMatchObject({
        'content-type': expect.stringMatching(/^application\/problem\+json/),
        'cache-control': 'no-store',
      });
      expect(json).toMatchObject({ code: 'not-found', detail: expect.stringContaining(words) });
    }
    const ids = [
      await save({ ...IOS, teamId: null }),
      await save({ ...ON_ANDROID, sha256CertFingerprints: [] }),
    ];
    expect((await ask(APPLE)).json.detail).toContain('has a team id, and without one iOS cannot verify it');
    expect((await ask(ANDROID)).json.detail).toContain('SHA-256 fingerprint of a certificate');
    for (const { id } of ids) await api.ok('DELETE', `/apps/${id}`);
  });

  test('a store that does not run knows every path that is ours without being told', async () => {
    const { id } = await save(IOS);
    const { components } = (await ask(APPLE)).json.applinks.details[0];
    await api.ok('DELETE', `/apps/${id}`);
    // Of the running server: what is reserved from the beginning, and the first segments of all its routes.
    const reserved = components.flatMap((one: Json) =>
      one.exclude ? (/^\/([^/]+)$/.exec(one['/'])?.[1] ?? []) : [],
    );
    // `/*` with `?d=1`: the page that shows where a link leads.
    expect(reserved.shift()).toBe('*');
    expect(reserved).toContain('api');
    expect(reserved).toEqual([...RESERVED_SEGMENTS].sort());
  });

  test('every code that a link can have opens the app, whatever it begins with', async () => {
    const { id } = await save(IOS);
    const { components } = (await ask(APPLE)).json.applinks.details[0];
    await api.ok('DELETE', `/apps/${id}`);
    const words = new ReservedSegments();
    const code = fc
      .tuple(fc.constantFrom('', ...RESERVED_SEGMENTS), fc.string({ unit: 'grapheme', maxLength: 6 }))
      .map(([word, rest]) => normalizeCode(`${word}${rest}`))
      .filter((one) => codeProblem(one, words) === undefined);
    fc.assert(
      fc.property(fc.oneof(code, fc.constantFrom('v1a', 'v12', 'api-day', 'qrs', 'statsy')), (one) => {
        expect(opensApp(components, new URL(`https://go.test/${encodeURI(one)}`)), one).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    for (const word of words.list())
      expect(opensApp(components, new URL(`https://go.test/${word}`)), word).toBe(false);
  });

  test('they are what Apple and Google read, at their places, for anybody, and follow each edit at once', async () => {
    const ios = await save(IOS);
    const android = await save(ON_ANDROID);
    const apple = await ask(APPLE);
    expect(apple.status).toBe(200);
    expect(apple.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
    });
    expect(apple.json).toEqual({
      applinks: {
        apps: [],
        details: [{ appIDs: ['ABCDE12345.com.example.shop'], components: expect.any(Array) }],
      },
    });
    const [{ components }] = apple.json.applinks.details;
    expect(components).toContainEqual({ '/': '/*/qr', exclude: true });
    expect(components.at(-1)).toEqual({ '/': '/*' });
    expect(await ask(APPLE_OLD)).toMatchObject({ status: 200, text: apple.text });

    const google = await ask(ANDROID);
    expect(google).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(google.json).toEqual([
      {
        relation: ['delegate_permission/common.handle_all_urls'],
        target: {
          namespace: 'android_app',
          package_name: 'com.example.shop',
          sha256_cert_fingerprints: [fingerprint('AA')],
        },
      },
    ]);

    for (const { path, file } of [
      { path: APPLE, file: apple },
      { path: ANDROID, file: google },
    ]) {
      const head = await ask(path, undefined, {}, 'HEAD');
      expect(head).toMatchObject({ status: 200, text: '', headers: { etag: file.headers.etag } });
      const { etag = '' } = file.headers;
      for (const known of [etag, `"other", W/${etag}`, '*']) {
        const answer = await ask(path, undefined, { 'if-none-match': known });
        expect(answer, known).toMatchObject({ status: 304, text: '', headers: { etag } });
      }
      expect(await ask(path, undefined, { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
      expect((await ask(path, undefined, {}, 'POST')).status).toBe(404);
    }

    await api.ok('PATCH', `/apps/${ios.id}`, { body: { identifier: 'com.example.other' } });
    expect(await appIds()).toEqual(['ABCDE12345.com.example.other']);
    expect((await ask(APPLE, undefined, { 'if-none-match': apple.headers.etag })).status).toBe(200);
    const added = [fingerprint('AA'), fingerprint('BB')];
    await api.ok('PATCH', `/apps/${android.id}`, { body: { sha256CertFingerprints: added } });
    expect((await ask(ANDROID)).json[0].target.sha256_cert_fingerprints).toEqual(added);
    await api.ok('DELETE', `/apps/${ios.id}`);
    await api.ok('DELETE', `/apps/${android.id}`);
    expect((await ask(APPLE)).status).toBe(404);
    expect((await ask(ANDROID)).status).toBe(404);
  });

  test('a domain of a project has its apps alone; the default domain has everybody’s, and so has an unknown host', async () => {
    const mine = await save({ ...IOS, identifier: 'com.example.mine' });
    const theirs = await save({ ...IOS, identifier: 'com.example.theirs' }, STRANGER);
    await api.ok('POST', '/domains', { body: { host: 'mine.test' } });
    await api.ok('POST', '/domains', { body: { host: 'theirs.test' }, key: STRANGER });
    const [me, them] = ['ABCDE12345.com.example.mine', 'ABCDE12345.com.example.theirs'];
    expect(await appIds('mine.test')).toEqual([me]);
    expect(await appIds('MINE.test:8443')).toEqual([me]);
    expect(await appIds('theirs.test')).toEqual([them]);
    expect(await appIds('go.test')).toEqual([me, them]);
    expect(await appIds('127.0.0.1')).toEqual([me, them]);
    await api.ok('DELETE', `/apps/${theirs.id}`, { key: STRANGER });
    expect(await appIds('theirs.test')).toEqual([]);
    expect(await appIds('go.test')).toEqual([me]);
    await api.ok('DELETE', `/apps/${mine.id}`);
  });

  test('a path prefix narrows what an app may open, from the moment there is one', async () => {
    await api.ok('POST', '/domains', { body: { host: 'prefixed.test' } });
    const app = await save(IOS);
    const opens = async (path: string) => {
      const { applinks } = (await ask(APPLE, 'prefixed.test')).json as AppleFile;
      return applinks.details.some(({ components }) =>
        opensApp(components, new URL(path, 'https://prefixed.test')),
      );
    };
    expect(await opens('/share/x')).toBe(true);
    await api.ok('POST', '/domains', { body: { host: 'only.test', pathPrefix: 'share' } });
    const { applinks } = (await ask(APPLE, 'only.test')).json as AppleFile;
    const [details] = applinks.details;
    const opensThere = (path: string) =>
      opensApp(details?.components ?? [], new URL(path, 'https://only.test'));
    expect([opensThere('/share/x'), opensThere('/x'), opensThere('/share/x/qr')]).toEqual([
      true,
      false,
      false,
    ]);
    await api.ok('DELETE', `/apps/${app.id}`);
  });

  test('no page and no call that the product serves is taken for a link', async () => {
    const app = await save(IOS);
    const link = await api.link({ code: 'taken' });
    const { applinks } = (await ask(APPLE)).json as AppleFile;
    const [details] = applinks.details;
    const opens = (path: string) => opensApp(details?.components ?? [], new URL(path, 'https://go.test'));
    const served = routesOf(api.app.server.printRoutes({ commonPrefix: false }));
    expect(served.length).toBeGreaterThan(80);
    expect(served).toContain('/api/v1/links');
    expect(served).toContain(APPLE);
    expect(served.filter((path) => opens(path))).toEqual([]);
    for (const path of [
      '/',
      `/${link.code}/stats`,
      `/${link.code}/qr`,
      '/group/x/stats',
      `/${link.code}?d=1`,
    ]) {
      expect(opens(path), path).toBe(false);
    }
    expect(opens(`/${link.code}`)).toBe(true);
    await api.ok('DELETE', `/apps/${app.id}`);
  });

  test('no Host and no header reaches the file', async () => {
    const app = await save(IOS);
    const usual = await ask(APPLE);
    for (const host of ['"evil"', '<script>', 'a.test/../../x', '%00', 'x'.repeat(1_000)]) {
      const answer = await ask(`${APPLE}?x=%3Cscript%3E`, host, {
        'x-forwarded-host': 'evil.test',
        'accept-language': 'ko',
      });
      expect(answer, host).toMatchObject({ status: 200, text: usual.text });
    }
    await api.ok('DELETE', `/apps/${app.id}`);
  });

  test('what the command line compares with is for the command line', async () => {
    const { status, json } = await ask('/readyz/associations?host=go.test');
    expect(status).toBe(403);
    expect(json.detail).toContain('switchyard doctor links');
  });
});

/** From the tree Fastify prints: each line goes on with the path of the less indented one above it. */
function routesOf(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const found = /^([│ ]*)[├└]── (\S*)(.*)$/.exec(line);
    if (!found) return [];
    const [, indent = '', part = '', rest = ''] = found;
    const depth = indent.length / 4;
    above.length = depth;
    above.push(part);
    const path = above.join('');
    // `*` alone is no path: it answers OPTIONS.
    return rest.includes('(') && path.startsWith('/') ? [path] : [];
  });
}
