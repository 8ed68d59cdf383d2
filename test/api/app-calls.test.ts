import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, type Call, fieldsOf, type Json, KEY, PUBLIC_HOST, STRANGER } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';
import { OPERATIONS, pathOf } from './operations.ts';

const APP = 'com.example.app';
const APPS = {
  ios: { identifier: APP, storeUrl: 'https://apps.apple.com/app/id1', minVersion: '2.0.0' },
  android: { identifier: APP, minVersion: '30' },
};

/** As the vendor's SDK decodes a link it has made: three texts, none of which may be missing. */
function decodeCreated({ status, text }: Answer): Record<'shortLink' | 'previewLink' | 'qrCodeUrl', string> {
  expect([200, 201], text).toContain(status);
  const decoded = JSON.parse(text);
  for (const name of ['shortLink', 'previewLink', 'qrCodeUrl'])
    expect(typeof decoded[name], name).toBe('string');
  return decoded;
}

describe.each(ENGINES)('calls of apps on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  const appLink = (input: object = {}): Promise<Json> =>
    client.api.link({ destination: 'https://example.com/product/123?k=v', apps: APPS, ...input });

  const publishable = async (
    scopes: readonly string[] = ['deeplinks:open', 'deeplinks:create'],
    apps: readonly object[] = [
      { platform: 'ios', identifier: APP },
      { platform: 'android', identifier: APP },
    ],
  ): Promise<string> =>
    (await client.api.ok('POST', '/keys', { body: { name: 'in the app', apps, scopes } })).key;

  const open = (url: string, body: object = {}, call: Call = {}): Promise<Answer> =>
    client.call('POST', '/resolve', { body: { url, platform: 'ios', ...body }, ...call });

  const refusedOpening = async (status: number, code: string, url: string, call: Call = {}) => {
    const answer = await open(url, {}, call);
    expect([answer.status, answer.json.error.code], answer.text).toEqual([status, code]);
    expect(answer.text).not.toContain('example.com/product');
    return answer.json.error;
  };

  describe('a short link opened in the app', () => {
    test('tells what the app is to show', async () => {
      const link = await appLink({ campaign: { source: 'mail' }, metadata: { tier: 'gold' } });
      const answer = await open(`${link.shortUrl}?ref=friend`);
      expect(answer.json).toEqual({
        success: true,
        timestamp: expect.any(String),
        data: {
          deepLink: 'https://example.com/product/123?k=v&utm_source=mail&ref=friend',
          path: '/product/123',
          parameters: { k: 'v', utm_source: 'mail', ref: 'friend' },
          clickId: expect.stringMatching(/^[0-9a-f]{32}$/),
          customData: { tier: 'gold' },
          campaign: { utm_source: 'mail' },
          shortUrl: link.shortUrl,
          code: link.code,
          minVersion: '2.0.0',
          storeUrl: 'https://apps.apple.com/app/id1',
          webUrl: 'https://example.com/product/123?k=v&utm_source=mail&ref=friend',
        },
      });
      expect(answer.headers['x-ratelimit-limit']).toBeDefined();
      const { data } = (await open(link.shortUrl, { platform: 'android' })).json;
      expect(data.minVersion).toBe('30');
    });

    test('names the store also where the link does not spell it out, and no click with it', async () => {
      const apps = { ios: { identifier: APP, appStoreId: '123' }, android: { identifier: APP } };
      const link = await appLink({ apps, campaign: { source: 'mail' } });
      expect((await open(link.shortUrl)).json.data.storeUrl).toBe('https://apps.apple.com/app/id123');
      expect((await open(link.shortUrl, { platform: 'android' })).json.data.storeUrl).toBe(
        `https://play.google.com/store/apps/details?id=${APP}&referrer=utm_source%3Dmail`,
      );
    });

    test('may have spaces around it, and is a URL of the web', async () => {
      const link = await appLink();
      for (const url of [` ${link.shortUrl}`, `${link.shortUrl} \n`])
        expect((await open(url)).status, url).toBe(200);
      const answer = await open(`shop://${PUBLIC_HOST}/${link.code}`);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(
        'must be a short link of this installation, and begin with https:// or http://',
      );
    });

    test('is no click, whatever it takes', async () => {
      const link = await appLink();
      for (let opened = 0; opened < 3; opened++) await open(link.shortUrl);
      await client.api.visit(`/${link.code}`, { host: PUBLIC_HOST });
      let found: Json;
      await until(async () => {
        found = await client.api.ok('GET', `/links/${link.id}`);
        return found.clicks > 0;
      }, 'the click is counted');
      expect(found.clicks).toBe(1);
      const { text } = await client.api.call('GET', `/clicks?linkId=${link.id}`);
      expect(text.match(/"clickId"|"id"/g) ?? []).toHaveLength(1);
    });

    test('takes a slot of a limited link, also when many open it at once', async () => {
      const link = await appLink({ settings: { maxClicks: 3 } });
      const answers = await Promise.all(Array.from({ length: 12 }, () => open(link.shortUrl)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
      const refused = answers.filter(({ status }) => status === 403);
      expect(refused.map(({ json }) => json.error.code)).toEqual(Array(9).fill('LINK_NOT_AVAILABLE'));
      const onTheWeb = await client.api.visit(`/${link.code}`, { host: PUBLIC_HOST });
      expect(onTheWeb.status).toBe(403);
    });

    test.each([
      ['paused', { paused: true }, 404, 'LINK_NOT_FOUND'],
      ['not started', { startsAt: '2099-01-01T00:00:00Z' }, 403, 'LINK_NOT_AVAILABLE'],
      ['ended', { endsAt: '2020-01-01T00:00:00Z' }, 410, 'LINK_EXPIRED'],
      ['protected', { password: 'open sesame' }, 403, 'PASSWORD_REQUIRED'],
    ])('is refused when the link is %s', async (_, settings, status, code) => {
      const link = await appLink({ settings });
      await refusedOpening(status, code, link.shortUrl);
      const group = await client.api.group(settings);
      const grouped = await appLink({ groupId: group.id });
      await refusedOpening(status, code, grouped.shortUrl);
    });

    test('is refused when it is nobody’s, or somebody else’s', async () => {
      const link = await appLink();
      await refusedOpening(404, 'LINK_NOT_FOUND', `http://${PUBLIC_HOST}/nothing-here`);
      await refusedOpening(404, 'LINK_NOT_FOUND', `http://${PUBLIC_HOST}/`);
      await refusedOpening(404, 'LINK_NOT_FOUND', link.shortUrl, { key: STRANGER });
      for (const url of [
        'https://elsewhere.example/x',
        `http://user@${PUBLIC_HOST}/${link.code}`,
        `http://${PUBLIC_HOST}:81/${link.code}`,
        'javascript:alert(1)',
        `myapp://${link.code}`,
        link.code,
        '\u0000',
        `http://${PUBLIC_HOST}/${'x'.repeat(20_000)}`,
      ]) {
        const answer = await open(url);
        expect([404, 422], `${url.slice(0, 60)}: ${answer.text}`).toContain(answer.status);
      }
      const { text } = await client.call('POST', '/resolve', { body: {} });
      expect(JSON.parse(text).error).toMatchObject({
        code: 'MISSING_REQUIRED_FIELD',
        details: { field: 'url' },
      });
    });

    test('says which app and platform it is for, when it is not for this one', async () => {
      const key = await publishable(undefined, [{ platform: 'ios', identifier: APP }]);
      const other = await appLink({ apps: { ios: { identifier: 'com.other.app' } } });
      const web = await client.api.link({ destination: 'https://example.com/product/1' });
      await refusedOpening(403, 'INSUFFICIENT_PERMISSIONS', other.shortUrl, { key });
      await refusedOpening(403, 'INSUFFICIENT_PERMISSIONS', web.shortUrl, { key });
      expect((await open((await appLink()).shortUrl, {}, { key })).status).toBe(200);
      const wrongPlatform = await open(other.shortUrl, { platform: 'android' }, { key });
      expect(wrongPlatform.json.error).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: { field: 'platform' },
      });
      const wrongApp = await open(other.shortUrl, { appId: 'com.other.app' }, { key });
      expect(wrongApp.json.error).toMatchObject({ code: 'VALIDATION_ERROR', details: { field: 'appId' } });
      // A key of servers may name the app.
      expect((await open(other.shortUrl, { appId: APP })).status).toBe(403);
      expect((await open(web.shortUrl)).json.data.deepLink).toBe('https://example.com/product/1');
    });

    test('knows the platform by the app’s HTTP client', async () => {
      const link = await appLink();
      const by = (userAgent: string) =>
        client.call('POST', '/resolve', {
          body: { url: link.shortUrl },
          headers: { 'user-agent': userAgent },
        });
      expect((await by('Example/1 CFNetwork/1568.100.1 Darwin/24.0.0')).json.data.minVersion).toBe('2.0.0');
      expect((await by('okhttp/4.12.0')).json.data.minVersion).toBe('30');
      expect((await by('curl/8')).status).toBe(422);
    });
  });

  describe('a link made in the app', () => {
    const create = (body: object, key = KEY): Promise<Answer> =>
      client.api.call('POST', '/dynamic-link', { body: { customParameters: {}, ...body }, key });

    test('is a link like any other, with its page and its image', async () => {
      const answer = decodeCreated(
        await create({
          deepLink: 'https://example.com/invite?k=v&code=old#top',
          source: 'app',
          campaign: 'invite',
          customParameters: { code: '7&x=1', from: '민수' },
          socialTitle: 'Come along',
          androidPackageName: APP,
          iosBundleId: APP,
          fallbackUrl: 'https://example.com/get',
        }),
      );
      expect(answer.previewLink).toBe(`${answer.shortLink}?d=1`);
      expect(answer.qrCodeUrl).toBe(`${answer.shortLink}/qr`);
      const code = new URL(answer.shortLink).pathname.slice(1);
      const { links } = await client.api.ok('GET', `/links?code=${code}`);
      expect(links[0]).toMatchObject({
        destination: 'https://example.com/invite?k=v&code=7%26x%3D1&from=%EB%AF%BC%EC%88%98#top',
        campaign: { source: 'app', campaign: 'invite' },
        metadata: { code: '7&x=1', from: '민수' },
        social: { title: 'Come along' },
        desktopUrl: 'https://example.com/get',
        apps: { ios: { identifier: APP }, android: { identifier: APP } },
      });
      const { data } = (await open(answer.shortLink)).json;
      expect(data.parameters).toMatchObject({ k: 'v', code: '7&x=1', from: '민수', utm_source: 'app' });
      expect(data.customData).toEqual({ code: '7&x=1', from: '민수' });
    });

    test.each([
      ['deepLink', {}],
      ['deepLink', { deepLink: 'javascript:alert(1)' }],
      ['deepLink', { deepLink: 'https://example.com/\u0000' }],
      ['deepLink', { deepLink: 5 }],
      ['deepLink', { deepLink: 'https://example.com\\@evil.example/x' }],
      [
        'fallbackUrl',
        { deepLink: 'https://example.com/', fallbackUrl: 'https://example.com\\@evil.example/' },
      ],
      ['customParameters.', { deepLink: 'https://example.com/', customParameters: { '': '1' } }],
      ['fallbackUrl', { deepLink: 'https://example.com/', fallbackUrl: 'intent://x' }],
      ['socialImageUrl', { deepLink: 'https://example.com/', socialImageUrl: 'data:,x' }],
      ['iosBundleId', { deepLink: 'https://example.com/', iosBundleId: 'no bundle' }],
      ['androidPackageName', { deepLink: 'https://example.com/', androidPackageName: 'x' }],
      ['customParameters.k', { deepLink: 'https://example.com/', customParameters: { k: 1 } }],
    ])('is refused by the name of what is wrong: %s in %j', async (field, body) => {
      const answer = await create(body);
      expect(answer.status, answer.text).toBe(422);
      expect(fieldsOf(answer.json)).toEqual([field]);
    });

    test('says of a name that no object may have that it is not taken', async () => {
      const { status, json } = await create({
        deepLink: 'https://example.com/',
        customParameters: JSON.parse('{"__proto__":"x"}'),
      });
      expect(status).toBe(400);
      expect(json).toMatchObject({
        code: 'forbidden-name',
        detail: 'The body names "__proto__", or "prototype" inside of "constructor"; call it something else.',
      });
    });

    test('with a key from inside the app leads only where the project does, and opens only that app', async () => {
      const key = await publishable();
      await client.api.link({ destination: 'https://known.example/x' });
      const { shortLink } = decodeCreated(await create({ deepLink: 'https://known.example/invite' }, key));
      const { data } = (await open(shortLink, {}, { key })).json;
      expect(data.deepLink).toBe('https://known.example/invite');
      const elsewhere = await create(
        { deepLink: 'https://evil.example/', fallbackUrl: 'https://evil.example/' },
        key,
      );
      expect(elsewhere.status).toBe(422);
      expect(fieldsOf(elsewhere.json)).toEqual(['deepLink', 'fallbackUrl']);
      const disguised = await create({ deepLink: 'https://known.example\\@evil.example/x' }, key);
      expect(fieldsOf(disguised.json)).toEqual(['deepLink']);
      const foreign = await create({ deepLink: 'https://known.example/', iosBundleId: 'com.other.app' }, key);
      expect(fieldsOf(foreign.json)).toEqual(['iosBundleId']);
      expect(
        (await create({ deepLink: 'https://known.example/' }, await publishable(['deeplinks:open']))).status,
      ).toBe(403);
    });
  });

  describe('a key inside an app', () => {
    test('says what it is, and what it is for', async () => {
      const apps = [{ platform: 'ios', identifier: APP }];
      const created = await client.api.ok('POST', '/keys', { body: { name: 'iOS', apps } });
      expect(created).toMatchObject({
        key: expect.stringMatching(/^sy_pub_[0-9A-Za-z]{40}$/),
        scopes: ['deeplinks:open'],
        apps,
      });
      expect(created.hint).toBe(`${created.key.slice(0, 11)}…`);
      const { keys } = await client.api.ok('GET', '/keys');
      expect(keys).toContainEqual(expect.objectContaining({ id: created.id, apps }));
      expect(keys.some((one: Json) => one.apps === null)).toBe(true);
    });

    test('is let in nowhere else', async () => {
      const key = await publishable();
      const before = await client.api.state();
      for (const operation of OPERATIONS) {
        const answer = await client.api.call(operation.method, pathOf(operation, 'none_such'), {
          key,
          ...(operation.body ? { body: operation.body } : {}),
        });
        expect([operation.id, answer.status]).toEqual([operation.id, 403]);
      }
      for (const [method, path] of [
        ['GET', '/links'],
        ['POST', '/links'],
        ['GET', '/mobile-apps'],
        ['GET', '/links/check/abc'],
      ] as const) {
        const { status } = await client.call(method, path, { key });
        expect([method, path, status]).toEqual([method, path, 403]);
      }
      expect(await client.api.state()).toEqual(before);
    });

    test.each([
      ['scopes', { scopes: ['links:write'] }],
      ['scopes', { scopes: ['*'] }],
      ['apps', { apps: [] }],
      ['apps', { apps: Array(21).fill({ platform: 'ios', identifier: APP }) }],
      ['apps.0.platform', { apps: [{ platform: 'windows', identifier: APP }] }],
      ['apps.0.identifier', { apps: [{ platform: 'android', identifier: 'no package' }] }],
      ['apps.0.identifier', { apps: [{ platform: 'ios', identifier: '' }] }],
    ])('is not made when its %s are wrong: %j', async (field, body) => {
      const apps = [{ platform: 'ios', identifier: APP }];
      await client.api.refused(422, 'POST', '/keys', { body: { name: 'x', apps, ...body } }, [field]);
    });

    test('is asked to wait when one network asks too often', async () => {
      const key = await publishable();
      const call = () =>
        client.call('POST', '/resolve', {
          body: { url: `http://${PUBLIC_HOST}/x`, platform: 'ios' },
          key,
          headers: { 'x-forwarded-for': '192.0.2.77' },
        });
      const statuses = new Set<number>();
      for (let round = 0; round < 61; round++)
        for (const { status } of await Promise.all(Array.from({ length: 10 }, call))) statuses.add(status);
      expect([...statuses].sort()).toEqual([404, 429]);
    });
  });
});
