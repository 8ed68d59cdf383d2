import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, type Json, KEY, PUBLIC_HOST } from './api.ts';

const PREFIX = `http://${PUBLIC_HOST}`;
const BUNDLE = 'com.example.ios';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

describe.each(ENGINES)('what Firebase’s clients send, on $name', (engine) => {
  let api: Api;
  let key: string;
  beforeAll(async () => {
    api = await Api.open(engine);
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com'] } });
    const apps = [{ platform: 'ios', identifier: BUNDLE }];
    const body = { name: 'in the app', scopes: ['deeplinks:open', 'deeplinks:create'], apps };
    ({ key } = await api.ok('POST', '/keys', { body }));
  });
  afterAll(() => api.close());

  const send = (path: string, body: string | Buffer, headers = {}, auth = KEY): Promise<Answer> =>
    api.send('POST', `/v1/${path}?key=${auth}`, body, { ...JSON_TYPE, ...headers });
  const post = (path: string, body: object, auth = KEY) => send(path, JSON.stringify(body), {}, auth);
  const info = (link: string) => ({ domainUriPrefix: PREFIX, link, iosInfo: { iosBundleId: BUNDLE } });
  const short = async (link: string): Promise<string> => {
    const { json, text } = await post('shortLinks', { dynamicLinkInfo: info(link) });
    expect(json.shortLink, text).toBeDefined();
    return json.shortLink;
  };

  test('the SDK of iOS asks what a link means, in the names of the definition', async () => {
    const requestedLink = await short('https://www.example.com/reopened');
    const body = { requestedLink, bundle_id: BUNDLE, sdk_version: '11.0.0' };
    const { status, json, text } = await post('reopenAttribution', body, key);
    expect(status, text).toBe(200);
    expect(json.deepLink).toBe('https://www.example.com/reopened');
    const more = { ...body, app_state: { is: 'new' }, sdk_version: ['anything'] };
    expect((await post('reopenAttribution', more, key)).status).toBe(200);
  });

  test('the SDK of iOS asks after an installation, with numbers, and no language from a web view', async () => {
    const link = await short('https://www.example.com/installed');
    const visited = await api.visit(link.slice(PREFIX.length), {
      'user-agent': IPHONE,
      'accept-language': 'ko-KR,ko;q=0.9',
    });
    expect(visited.status).toBe(200);
    const body = {
      bundleId: BUNDLE,
      device: {
        screenResolutionHeight: 844,
        screenResolutionWidth: 390,
        languageCode: 'ko-kr',
        languageCodeRaw: 'ko_KR',
        languageCodeFromWebview: '',
        timezone: 'Asia/Seoul',
        deviceModelName: 'iPhone14,5',
      },
      iosVersion: '18.5',
      sdkVersion: '11.0.0',
      visualStyle: 0,
      retrievalMethod: 2,
      appInstallationTime: 1_700_000_000,
    };
    const { status, json, text } = await post('installAttribution', body, key);
    expect(status, text).toBe(200);
    expect(json).toMatchObject({
      deepLink: 'https://www.example.com/installed',
      attributionConfidence: 'DEFAULT',
    });
  });

  test('both spellings make the same link, at every depth; a name said twice is one too many', async () => {
    const link = 'https://www.example.com/spelled';
    const camel = {
      dynamicLinkInfo: {
        domainUriPrefix: PREFIX,
        link,
        iosInfo: { iosBundleId: BUNDLE, iosAppStoreId: '1' },
        analyticsInfo: { googlePlayAnalytics: { utmSource: 'mail' } },
      },
      suffix: { option: 'SHORT' },
    };
    const snake = {
      dynamic_link_info: {
        domain_uri_prefix: PREFIX,
        link,
        ios_info: { ios_bundle_id: BUNDLE, ios_app_store_id: '1' },
        analytics_info: { google_play_analytics: { utm_source: 'mail' } },
      },
      suffix: { option: 'SHORT' },
      sdk_version: 'x',
    };
    const made = (await post('shortLinks', camel)).json.shortLink;
    expect(made).toMatch(/^http/);
    expect((await post('shortLinks', snake)).json.shortLink).toBe(made);
    const unknown = await post('shortLinks', { dynamic_link_info: { ios_info: { ios_bundle: 'x' } } });
    expect(unknown.json.error.message).toContain('dynamicLinkInfo.iosInfo.ios_bundle: is not a known field');
    const twice = await post('shortLinks', { ...camel, dynamic_link_info: snake.dynamic_link_info });
    expect(twice.json.error.message).toContain('dynamic_link_info: is not a known field');
  });

  describe('a body that is encoded', () => {
    const body = JSON.stringify({ dynamicLinkInfo: info('https://www.example.com/zipped') });
    const gzip = { 'content-encoding': 'gzip' };
    const errorOf = ({ status, json }: Answer): Json => ({
      ...json.error,
      status: [status, json.error.status],
    });

    test('by gzip is the same', async () => {
      const plain = await send('shortLinks', body);
      for (const encoding of ['gzip', 'GZip', 'x-gzip']) {
        const zipped = await send('shortLinks', gzipSync(body), { 'content-encoding': encoding });
        expect(zipped.json.shortLink, zipped.text).toBe(plain.json.shortLink);
      }
      const identity = await send('shortLinks', body, { 'content-encoding': 'identity' });
      expect(identity.status).toBe(200);
      const none = await api.send('POST', `/v1/shortLinks?key=${KEY}`, undefined, { ...JSON_TYPE, ...gzip });
      expect(none.status).toBe(400);
    });

    test('is no larger than one that is plain', async () => {
      const bomb = gzipSync(Buffer.alloc(200_000_000, ' '));
      expect(bomb.length).toBeLessThan(1_000_000);
      const before = process.memoryUsage().rss;
      const answers = await Promise.all(Array.from({ length: 8 }, () => send('shortLinks', bomb, gzip)));
      for (const answer of answers)
        expect(errorOf(answer)).toMatchObject({
          status: [400, 'INVALID_ARGUMENT'],
          message: 'The request body is too large.',
        });
      expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
      expect((await send('shortLinks', body)).status).toBe(200);
    });

    test.each([
      ['plain', Buffer.from(body)],
      ['cut', gzipSync(body).subarray(0, 30)],
      ['random', Buffer.alloc(500, 7)],
    ])('and is %s is refused', async (_, bytes) => {
      const answer = await send('shortLinks', bytes, gzip);
      expect(errorOf(answer).status).toEqual([400, 'INVALID_ARGUMENT']);
      expect(answer.json.error.message).toContain('no gzip');
    });

    test.each(['br', 'deflate', 'gzip, gzip', '"><script>'])(
      'by %s is refused by its name',
      async (encoding) => {
        const answer = await send('shortLinks', body, { 'content-encoding': encoding });
        expect(errorOf(answer)).toMatchObject({ code: 415, status: [415, 'INVALID_ARGUMENT'] });
        expect(answer.json.error.message).toContain(JSON.stringify(encoding.toLowerCase()));
        expect(answer.headers['accept-encoding']).toBe('gzip');
      },
    );

    test('is not looked at before the key', async () => {
      const answer = await send('shortLinks', gzipSync(body), gzip, 'sy_wrong');
      expect(answer.json.error.message).toContain('API key not valid');
    });
  });

  test('a page may call, with a key and no cookies', async () => {
    const origin = 'https://app.example';
    const preflight = await api.send('OPTIONS', '/v1/shortLinks?key=x', undefined, {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-goog-api-key',
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
    expect(preflight.headers['access-control-allow-methods']).toContain('POST');
    expect(preflight.headers['access-control-allow-headers']).toContain('x-goog-api-key');
    const body = JSON.stringify({ dynamicLinkInfo: info('https://www.example.com/from-a-page') });
    const made = await send('shortLinks', body, { origin }, key);
    expect(made.status, made.text).toBe(200);
    const refused = await send('shortLinks', body, { origin }, 'sy_wrong');
    expect(refused.status).toBe(400);
    for (const { headers } of [preflight, made, refused]) {
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  test('a link that was edited is not handed out for what it said before', async () => {
    const ask = (suffix: object = { option: 'SHORT' }) =>
      post('shortLinks', { dynamicLinkInfo: info('https://www.example.com/edited'), suffix });
    const first = (await ask()).json.shortLink;
    const linkOf = async (url: string): Promise<Json> =>
      (await api.ok('GET', `/links?code=${new URL(url).pathname.slice(1)}`)).links[0];
    const { id } = await linkOf(first);
    const edit = (body: object) => api.ok('PATCH', `/links/${id}`, { body });
    // What is not said in the input may change.
    await edit({ tags: ['summer'], settings: { maxClicks: 9 } });
    expect((await ask()).json.shortLink).toBe(first);
    await edit({ destination: 'https://www.example.com/elsewhere' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask()));
    const [second, ...others] = new Set(answers.map(({ json }) => json.shortLink));
    expect(others).toEqual([]);
    expect(second).not.toBe(first);
    expect((await linkOf(second)).destination).toBe('https://www.example.com/edited');
    // The new one is the one from now on, also when the old one says the same again.
    await edit({ destination: 'https://www.example.com/edited' });
    expect((await ask()).json.shortLink).toBe(second);
    const chosen = { option: 'CUSTOM', customSuffix: 'chosen-once' };
    const { shortLink } = (await ask(chosen)).json;
    await api.ok('PATCH', `/links/${(await linkOf(shortLink)).id}`, {
      body: { desktopUrl: 'https://a.example/' },
    });
    expect((await ask(chosen)).json.error.status).toBe('ALREADY_EXISTS');
  });

  test('calls of one network are counted over all surfaces', async () => {
    const apps = [{ platform: 'ios', identifier: BUNDLE }];
    const scopes = ['deeplinks:open', 'deeplinks:create'];
    const { key: busy } = await api.ok('POST', '/keys', { body: { name: 'busy', scopes, apps } });
    const calls = [
      () => send('shortLinks', '{', {}, busy),
      () => api.call('POST', '/dynamic-link', { text: '{', key: busy }),
      () => api.send('POST', '/1.0/resolve', '{}', { ...JSON_TYPE, authorization: `Bearer ${busy}` }),
    ];
    const statuses: number[] = [];
    for (let round = 0; round < 70; round++) {
      const answers = await Promise.all(Array.from({ length: 9 }, (_, n) => calls[n % 3]?.()));
      for (const answer of answers) statuses.push(answer?.status ?? 0);
    }
    const slowed = statuses.filter((status) => status === 429);
    expect(statuses.slice(0, 500)).not.toContain(429);
    // Unless a minute has just ended in between.
    expect(slowed.length).toBeGreaterThanOrEqual(1);
  });
});
