import { firebasedynamiclinks } from '@googleapis/firebasedynamiclinks';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Call, type Json, KEY, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const PIXEL =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const PREFIX = `http://${PUBLIC_HOST}`;

/** Every field of a body, in the words of its documentation. */
const INFO = {
  domainUriPrefix: PREFIX,
  link: 'https://www.example.com/item/7?a=1#top',
  androidInfo: {
    androidPackageName: 'com.example.app',
    androidFallbackLink: 'https://get.example.com/android',
    androidMinPackageVersionCode: '12',
    androidLink: 'https://www.example.com/android/7',
  },
  iosInfo: {
    iosBundleId: 'com.example.ios',
    iosFallbackLink: 'https://get.example.com/ios',
    iosCustomScheme: 'exampleapp',
    iosIpadFallbackLink: 'https://get.example.com/ipad',
    iosIpadBundleId: 'com.example.ipad',
    iosAppStoreId: '123456789',
    iosMinimumVersion: '2.1',
  },
  desktopInfo: { desktopFallbackLink: 'https://www.example.com/desktop' },
  navigationInfo: { enableForcedRedirect: true },
  analyticsInfo: {
    googlePlayAnalytics: {
      utmSource: 'src',
      utmMedium: 'med',
      utmCampaign: 'camp',
      utmTerm: 'term',
      utmContent: 'cont',
      gclid: 'g1',
    },
    itunesConnectAnalytics: { at: 'at1', ct: 'ct1', mt: '8', pt: 'pt1' },
  },
  socialMetaTagInfo: {
    socialTitle: 'A title',
    socialDescription: 'A description',
    socialImageLink: 'https://img.example.com/a.png',
  },
};

/** The same as a long link. */
const LONG_LINK = `${PREFIX}/?${new URLSearchParams({
  st: 'A title',
  link: INFO.link,
  apn: 'com.example.app',
  afl: 'https://get.example.com/android',
  amv: '12',
  al: 'https://www.example.com/android/7',
  ibi: 'com.example.ios',
  ifl: 'https://get.example.com/ios',
  ius: 'exampleapp',
  ipfl: 'https://get.example.com/ipad',
  ipbi: 'com.example.ipad',
  isi: '123456789',
  imv: '2.1',
  efr: '1',
  ofl: 'https://www.example.com/desktop',
  sd: 'A description',
  si: 'https://img.example.com/a.png',
  utm_source: 'src',
  utm_medium: 'med',
  utm_campaign: 'camp',
  utm_term: 'term',
  utm_content: 'cont',
  gclid: 'g1',
  at: 'at1',
  ct: 'ct1',
  mt: '8',
  pt: 'pt1',
})}`;

function expectGoogleError(json: Json, code: number, status: string): void {
  expect(json).toEqual({
    error: expect.objectContaining({ code, status, message: expect.stringMatching(/\S/) }),
  });
}

describe.each(ENGINES)('the API of Firebase Dynamic Links on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const google = (key = KEY) =>
    firebasedynamiclinks({ version: 'v1', rootUrl: `http://127.0.0.1:${api.port}/`, auth: key });
  const call = (path: string, { body, text, headers = {}, key = KEY }: Call = {}, method = 'POST') => {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const query = key === null ? '' : `${path.includes('?') ? '&' : '?'}key=${key}`;
    return api.send(method, `/v1${path}${query}`, payload, {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
  };
  const create = async (body: object, key = KEY): Promise<Json> => {
    const { status, text, json } = await call('/shortLinks', { body, key });
    expect(status, text).toBe(200);
    return json;
  };
  const refused = async (code: number, status: string, body: object, key = KEY): Promise<Json> => {
    const answer = await call('/shortLinks', { body, key });
    expect(answer.status, answer.text).toBe(code);
    expectGoogleError(answer.json, code, status);
    return answer.json.error;
  };
  const pathOf = (url: string) => url.slice(PREFIX.length);
  const linkBehind = async (shortLink: string): Promise<Json> => {
    const { links } = await api.ok('GET', '/links?limit=100');
    return links.find((link: Json) => link.shortUrl === shortLink);
  };
  const codes = ({ warning }: Json) => warning.map(({ warningCode }: Json) => warningCode);

  test('Google’s own client makes links, names them and reads their figures', async () => {
    const { data } = await google().shortLinks.create({
      requestBody: { dynamicLinkInfo: INFO, suffix: { option: 'SHORT' } },
    });
    expect(data.shortLink).toMatch(new RegExp(`^${PREFIX}/[0-9A-Za-z]{4}$`));
    expect(data.previewLink).toBe(`${data.shortLink}?d=1`);
    const again = await google().shortLinks.create({
      requestBody: { longDynamicLink: LONG_LINK, suffix: { option: 'SHORT' } },
    });
    expect(again.data.shortLink).toBe(data.shortLink);

    const managed = await google().managedShortLinks.create({
      requestBody: {
        dynamicLinkInfo: INFO,
        name: 'Summer',
        suffix: { option: 'CUSTOM', customSuffix: 'summer-7' },
      },
    });
    expect(managed.data).toMatchObject({
      managedShortLink: {
        link: `${PREFIX}/summer-7`,
        linkName: 'Summer',
        info: INFO,
        creationTime: expect.stringMatching(/^\d{13}$/),
        visibility: 'UNARCHIVED',
        flaggedAttribute: [],
      },
      previewLink: `${PREFIX}/summer-7?d=1`,
    });
    expect(await linkBehind(`${PREFIX}/summer-7`)).toMatchObject({ title: '', memo: 'Summer' });

    const dynamicLink = `${PREFIX}/summer-7`;
    for (const userAgent of [IPHONE, IPHONE, PIXEL, PERSON, 'curl/8.5.0'])
      await api.visit('/summer-7', { 'user-agent': userAgent });
    await until(async () => {
      const { data: stats } = await google().v1.getLinkStats({ dynamicLink, durationDays: '7' });
      const clicks = (stats.linkEventStats ?? []).filter(({ event }) => event === 'CLICK');
      return clicks.reduce((sum, { count }) => sum + Number(count), 0) === 5;
    }, 'the clicks are counted');
    const { data: stats } = await google().v1.getLinkStats({ dynamicLink, durationDays: '1' });
    expect(stats.linkEventStats).toEqual(
      expect.arrayContaining([
        { platform: 'IOS', count: '2', event: 'CLICK' },
        { platform: 'IOS', count: '2', event: 'REDIRECT' },
        { platform: 'ANDROID', count: '1', event: 'CLICK' },
        { platform: 'DESKTOP', count: '1', event: 'CLICK' },
        { platform: 'OTHER', count: '1', event: 'CLICK' },
      ]),
    );
    expect(stats.linkEventStats).toHaveLength(8);

    await expect(google('sy_wrong').shortLinks.create({ requestBody: {} })).rejects.toMatchObject({
      code: 400,
      message: 'API key not valid. Please pass a valid API key.',
    });
    await expect(google(STRANGER).v1.getLinkStats({ dynamicLink, durationDays: '7' })).rejects.toMatchObject({
      code: 404,
    });
  });

  test('every field has a home, and is seen on other surfaces', async () => {
    const { shortLink, warning } = await create({ dynamicLinkInfo: INFO });
    expect(pathOf(shortLink)).toMatch(/^\/[0-9A-Za-z]{17}$/);
    expect(warning.map(({ warningCode }: Json) => warningCode).sort()).toEqual([
      'DEPRECATED_PARAM',
      'LINK_WITH_FRAGMENTS',
    ]);
    expect(await linkBehind(shortLink)).toMatchObject({
      destination: INFO.link,
      desktopUrl: INFO.desktopInfo.desktopFallbackLink,
      source: 'firebase',
      campaign: { source: 'src', medium: 'med', campaign: 'camp', term: 'term', content: 'cont' },
      social: { title: 'A title', description: 'A description', imageUrl: 'https://img.example.com/a.png' },
      appRouting: { gclid: 'g1', at: 'at1', ct: 'ct1', mt: '8', pt: 'pt1', forceRedirect: true },
      apps: {
        android: {
          identifier: 'com.example.app',
          storeUrl: 'https://get.example.com/android',
          minVersion: '12',
          deepLink: 'https://www.example.com/android/7',
        },
        ios: {
          identifier: 'com.example.ios',
          storeUrl: 'https://get.example.com/ios',
          customScheme: 'exampleapp',
          ipadStoreUrl: 'https://get.example.com/ipad',
          ipadIdentifier: 'com.example.ipad',
          appStoreId: '123456789',
          minVersion: '2.1',
        },
      },
    });
  });

  test('a long link and the short one made of it lead to the same places', async () => {
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com', 'get.example.com'] } });
    const { shortLink } = await create({ longDynamicLink: `${LONG_LINK}&ref=friend` });
    for (const userAgent of [IPHONE, PIXEL, PERSON, IPHONE.replace('iPhone', 'iPad')]) {
      const headers = { 'user-agent': userAgent };
      const long = await api.visit(pathOf(`${LONG_LINK}&ref=friend`), headers);
      const short = await api.visit(pathOf(shortLink), headers);
      // In whichever order what was added stands.
      const plain = (text = '') =>
        text
          .replaceAll(/[0-9a-f]{32}/g, 'click')
          .split(/[?&#;]/)
          .sort();
      expect(short.status).toBe(long.status);
      expect(plain(short.headers.location)).toEqual(plain(long.headers.location));
      expect(long.headers.location).toBeDefined();
    }
  });

  test('the same input is the same link, whoever asks at the same time; another suffix is another', async () => {
    const link = 'https://www.example.com/same';
    const ask = (suffix?: object) =>
      create({ dynamicLinkInfo: { domainUriPrefix: PREFIX, link }, ...(suffix ? { suffix } : {}) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(answers.map(({ shortLink }) => shortLink)).size).toBe(1);
    const [{ shortLink }] = answers;
    expect((await ask({ option: 'UNGUESSABLE' })).shortLink).toBe(shortLink);
    expect((await ask({ option: 'SHORT' })).shortLink).not.toBe(shortLink);
    const { links } = await api.ok('GET', '/links?limit=100');
    expect(links.filter((one: Json) => one.destination === link)).toHaveLength(2);

    const { id } = await linkBehind(shortLink);
    await api.ok('DELETE', `/links/${id}`);
    const again = await ask();
    expect(again.shortLink).not.toBe(shortLink);
    expect((await ask()).shortLink).toBe(again.shortLink);
    expect(
      (await create({ dynamicLinkInfo: { domainUriPrefix: PREFIX, link } }, STRANGER)).shortLink,
    ).not.toBe(again.shortLink);
  });

  test('a chosen suffix is kept, and nobody else’s', async () => {
    const custom = (link: string, customSuffix: string, key = KEY) => ({
      body: {
        dynamicLinkInfo: { domainUriPrefix: PREFIX, link },
        suffix: { option: 'CUSTOM', customSuffix },
      },
      key,
    });
    const first = await create(custom('https://a.example/', 'mine').body);
    expect(first.shortLink).toBe(`${PREFIX}/mine`);
    expect((await create(custom('https://a.example/', 'mine').body)).shortLink).toBe(first.shortLink);
    const { details } = await refused(409, 'ALREADY_EXISTS', custom('https://b.example/', 'mine').body);
    expect(details[0].fieldViolations).toEqual([
      { field: 'suffix.customSuffix', description: 'is already in use on this domain' },
    ]);
    await refused(409, 'ALREADY_EXISTS', custom('https://a.example/', 'mine').body, STRANGER);
    for (const suffix of ['', 'v1', 'api', 'a/b', 'x'.repeat(101), '.'])
      await refused(400, 'INVALID_ARGUMENT', custom('https://a.example/', suffix).body);
  });

  test('a link to itself is refused in the words of the call', async () => {
    const suffix = { option: 'CUSTOM', customSuffix: 'circle' };
    const itself = `${PREFIX}/circle?a=1`;
    const description = 'is the short URL of the link itself; say where it leads';
    const problems = async (body: object) => {
      const { message, details } = await refused(400, 'INVALID_ARGUMENT', { ...body, suffix });
      const [{ fieldViolations }] = details;
      for (const one of fieldViolations) expect(message).toContain(`${one.field}: ${one.description}`);
      return fieldViolations;
    };
    const info = {
      link: itself,
      desktopInfo: { desktopFallbackLink: itself },
      iosInfo: { iosBundleId: 'a.b', iosFallbackLink: itself, iosIpadFallbackLink: itself },
      androidInfo: { androidPackageName: 'a.b', androidFallbackLink: itself },
    };
    expect(await problems({ dynamicLinkInfo: { domainUriPrefix: PREFIX, ...info } })).toEqual(
      [
        'link',
        'desktopInfo.desktopFallbackLink',
        'iosInfo.iosFallbackLink',
        'iosInfo.iosIpadFallbackLink',
        'androidInfo.androidFallbackLink',
      ].map((field) => ({ field: `dynamicLinkInfo.${field}`, description })),
    );
    const query = new URLSearchParams({ link: itself, ofl: itself, apn: 'a.b', afl: itself });
    expect(await problems({ longDynamicLink: `${PREFIX}/?${query}` })).toEqual(
      ['link', 'ofl', 'afl'].map((name) => ({
        field: 'longDynamicLink',
        description: `${name} ${description}`,
      })),
    );
  });

  test.each<[object, string[]]>([
    [{ androidInfo: { androidPackageName: 'nodots' } }, ['MALFORMED_PARAM']],
    [
      { androidInfo: { androidPackageName: 'a.b', androidFallbackLink: 'javascript:alert(1)' } },
      ['BAD_URI_SCHEME_ANDROID_FALLBACK_LINK'],
    ],
    [
      { androidInfo: { androidPackageName: 'a.b', androidLink: 'here' } },
      ['DEPRECATED_PARAM', 'NOT_URI_ANDROID_LINK'],
    ],
    [
      { androidInfo: { androidPackageName: 'a.b', androidMinPackageVersionCode: '1.2' } },
      ['NOT_INTEGER_ANDROID_PACKAGE_MIN_VERSION'],
    ],
    [{ androidInfo: { androidMinPackageVersionCode: 12 } }, ['UNNECESSARY_ANDROID_PACKAGE_MIN_VERSION']],
    [{ iosInfo: { iosBundleId: 'a.b', iosAppStoreId: 'x' } }, ['NOT_NUMERIC_IOS_APP_STORE_ID']],
    [{ iosInfo: { iosAppStoreId: '1' } }, ['UNNECESSARY_IOS_APP_STORE_ID']],
    [
      { iosInfo: { iosBundleId: 'a.b', iosFallbackLink: 'ftp://a.example' } },
      ['BAD_URI_SCHEME_IOS_FALLBACK_LINK'],
    ],
    [{ iosInfo: { iosBundleId: 'a.b', iosIpadFallbackLink: 'nowhere' } }, ['NOT_URI_IPAD_FALLBACK_LINK']],
    [
      { desktopInfo: { desktopFallbackLink: 'https://x.page.link/a' } },
      ['DYNAMIC_LINK_AS_DESKTOP_FALLBACK_LINK'],
    ],
    [{ socialMetaTagInfo: { socialImageLink: 'data:image/png,x' } }, ['BAD_URI_SCHEME_SOCIAL_IMAGE_LINK']],
    [{ socialMetaTagInfo: { socialTitle: 'x'.repeat(300) } }, ['TOO_LONG_PARAM']],
    [{ domainUriPrefix: null, dynamicLinkDomain: PUBLIC_HOST }, ['DEPRECATED_PARAM']],
    [{ socialMetaTagInfo: { socialTitle: '가'.repeat(800) } }, ['LINK_LENGTH_TOO_LONG', 'TOO_LONG_PARAM']],
  ])('warns of %j: %j', async (more, expected) => {
    const dynamicLinkInfo = { domainUriPrefix: PREFIX, link: 'https://www.example.com/w', ...more };
    const answer = await create({ dynamicLinkInfo });
    expect(codes(answer).sort()).toEqual(expected);
    for (const { warningMessage, warningDocumentLink } of answer.warning) {
      expect(warningMessage).toMatch(/^\w+(\.\w+)? /);
      expect(warningDocumentLink).toMatch(/^https:\/\/firebase\.google\.com\/docs\//);
    }
    expect(JSON.stringify(answer)).not.toMatch(/javascript|alert/);
    const link = await linkBehind(answer.shortLink);
    expect(JSON.stringify(link)).not.toMatch(/javascript|data:image|ftp:|page\.link/);
  });

  test('names what is missing as the caller would', async () => {
    const link = 'https://www.example.com/needs';
    const ofInfo = { domainUriPrefix: PREFIX, link, iosInfo: { iosAppStoreId: '1' } };
    const messages = async (body: object) =>
      (await create(body)).warning.map(({ warningMessage }: Json) => warningMessage);
    expect(await messages({ dynamicLinkInfo: ofInfo })).toEqual([
      'iosInfo.iosAppStoreId does nothing without iosInfo.iosBundleId',
    ]);
    const longDynamicLink = `${PREFIX}/?link=${encodeURIComponent(link)}&isi=1`;
    expect(await messages({ longDynamicLink })).toEqual(['isi does nothing without ibi']);
  });

  test('warns of what is wrong with a long link', async () => {
    const long = (rest: string) =>
      create({ longDynamicLink: `${PREFIX}/?link=https%3A%2F%2Fa.example%2F${rest}` });
    const answer = await long('&ref=friend&d=maybe&afl=x');
    expect(codes(answer).sort()).toEqual([
      'BAD_DEBUG_PARAM',
      'NOT_URI_ANDROID_FALLBACK_LINK',
      'UNNECESSARY_ANDROID_FALLBACK_LINK',
      'UNRECOGNIZED_PARAM',
    ]);
    expect((await linkBehind(answer.shortLink)).destination).toBe('https://a.example/?ref=friend');
    expect(codes(await long('#apn=a.b'))).toEqual(['LINK_WITH_FRAGMENTS']);
    expect(codes(await long(`&st=${'x'.repeat(8_000)}`)).sort()).toEqual([
      'LINK_LENGTH_TOO_LONG',
      'TOO_LONG_PARAM',
    ]);
  });

  test('warns of apps that a project with saved apps does not know', async () => {
    const saved = { platform: 'ios', name: 'Ours', identifier: 'com.example.saved' };
    await api.ok('POST', '/apps', { body: saved });
    const ask = async (iosBundleId: string) =>
      codes(
        await create({
          dynamicLinkInfo: {
            domainUriPrefix: PREFIX,
            link: 'https://www.example.com/apps',
            iosInfo: { iosBundleId },
            androidInfo: { androidPackageName: 'com.any.app' },
          },
        }),
      );
    expect(await ask('com.example.saved')).toEqual([]);
    expect(await ask('com.example.typo')).toEqual(['NOT_IN_PROJECT_IOS_BUNDLE_ID']);
  });

  test.each<[object, string]>([
    [{}, 'longDynamicLink'],
    [{ longDynamicLink: 'nowhere' }, 'longDynamicLink'],
    [{ longDynamicLink: `${PREFIX}/?apn=a.b` }, 'longDynamicLink'],
    [{ longDynamicLink: 'https://x.page.link/?link=https%3A%2F%2Fa.example' }, 'longDynamicLink'],
    [{ longDynamicLink: `${PREFIX}/?link=javascript%3Aalert(1)` }, 'longDynamicLink'],
    [{ longDynamicLink: `${PREFIX}/?link=https%3A%2F%2Fx.page.link%2Fa` }, 'longDynamicLink'],
    [{ dynamicLinkInfo: { domainUriPrefix: PREFIX } }, 'dynamicLinkInfo.link'],
    [{ dynamicLinkInfo: { link: 'https://a.example' } }, 'dynamicLinkInfo.domainUriPrefix'],
    [
      { dynamicLinkInfo: { domainUriPrefix: 'https://other.example', link: 'https://a.example' } },
      'dynamicLinkInfo.domainUriPrefix',
    ],
    [
      { dynamicLinkInfo: { domainUriPrefix: `${PREFIX}/x`, link: 'https://a.example' } },
      'dynamicLinkInfo.domainUriPrefix',
    ],
    [{ dynamicLinkInfo: 'x' }, 'dynamicLinkInfo'],
    [{ dynamicLinkInfo: { iosInfo: { iosBundle: 'a.b' } } }, 'dynamicLinkInfo.iosInfo.iosBundle'],
    [{ longDynamicLink: LONG_LINK, suffix: { option: 'TINY' } }, 'suffix.option'],
    [{ longDynamicLink: LONG_LINK, suffix: { option: 'CUSTOM' } }, 'suffix.customSuffix'],
    [{ longDynamicLink: ['x'] }, 'longDynamicLink'],
  ])('refuses %j, naming %s', async (body, field) => {
    const before = await api.state();
    const { details } = await refused(400, 'INVALID_ARGUMENT', body);
    const [{ fieldViolations }] = details;
    expect(fieldViolations.map((one: Json) => one.field)).toContain(field);
    expect(await api.state()).toEqual(before);
  });

  test('what is no JSON, no method or no path is refused in Google’s words', async () => {
    for (const text of ['{', '[]', '"x"', 'null']) {
      const answer = await call('/shortLinks', { text });
      expect(answer.status, text).toBe(400);
      expectGoogleError(answer.json, 400, 'INVALID_ARGUMENT');
    }
    const form = await call('/shortLinks', { text: 'a=b', headers: { 'content-type': 'text/plain' } });
    expectGoogleError(form.json, 400, 'INVALID_ARGUMENT');
    const large = await call('/shortLinks', { body: { longDynamicLink: 'x'.repeat(2_000_000) } });
    expectGoogleError(large.json, 400, 'INVALID_ARGUMENT');
    expectGoogleError((await call('/nothing')).json, 404, 'NOT_FOUND');
    expectGoogleError((await call('/%ff/linkStats', {}, 'GET')).json, 400, 'INVALID_ARGUMENT');
    expectGoogleError(
      (await call('/managedShortLinks:create', { body: { longDynamicLink: LONG_LINK } })).json,
      400,
      'INVALID_ARGUMENT',
    );
  });

  test('figures are of one’s own short links alone', async () => {
    const { shortLink } = await create({ longDynamicLink: LONG_LINK });
    const stats = (link: string, days: string) =>
      call(`/${encodeURIComponent(link)}/linkStats?durationDays=${days}`, {}, 'GET');
    expect((await stats(shortLink, '7')).json).toEqual({ linkEventStats: expect.any(Array) });
    expect((await stats(`${shortLink}?d=1`, '7')).status).toBe(200);
    for (const days of ['', '0', '-1', '1.5', 'x', '99999', '3651'])
      expectGoogleError((await stats(shortLink, days)).json, 400, 'INVALID_ARGUMENT');
    for (const link of [`${PREFIX}/none`, `${PREFIX}/`, 'https://x.page.link/a', 'x', `${PREFIX}/a/b`])
      expectGoogleError((await stats(link, '7')).json, 404, 'NOT_FOUND');
  });

  test('a key may come in any form, and is never asked for twice', async () => {
    const body = { longDynamicLink: LONG_LINK };
    const forms: Readonly<Record<string, string>>[] = [
      { 'x-goog-api-key': KEY },
      { 'x-api-key': KEY },
      { authorization: `Bearer ${KEY}` },
      { authorization: `APIKey ${KEY}` },
    ];
    for (const headers of forms)
      expect((await call('/shortLinks', { body, headers, key: null })).status).toBe(200);
    expectGoogleError((await call('/shortLinks', { body, key: null })).json, 403, 'PERMISSION_DENIED');
    expectGoogleError((await call('/shortLinks', { body, key: 'sy_wrong' })).json, 400, 'INVALID_ARGUMENT');
    const bearer = { authorization: 'Bearer sy_wrong' };
    expectGoogleError(
      (await call('/shortLinks', { body, headers: bearer, key: null })).json,
      401,
      'UNAUTHENTICATED',
    );
    const twice = await api.send('POST', `/v1/shortLinks?key=a&key=b`, '{}', {
      'content-type': 'application/json',
    });
    expectGoogleError(twice.json, 403, 'PERMISSION_DENIED');
  });

  const keyWith = async (scopes: string[], apps?: object[]) =>
    (await api.ok('POST', '/keys', { body: { name: 'a key', scopes, ...(apps ? { apps } : {}) } })).key;

  test('scopes decide', async () => {
    const reader = await keyWith(['links:read', 'stats:read']);
    await refused(403, 'PERMISSION_DENIED', { longDynamicLink: LONG_LINK }, reader);
    const writer = await keyWith(['links:write']);
    const { shortLink } = await create({ longDynamicLink: LONG_LINK }, writer);
    const path = `/${encodeURIComponent(shortLink)}/linkStats?durationDays=1`;
    expectGoogleError((await call(path, { key: writer }, 'GET')).json, 403, 'PERMISSION_DENIED');
    expect((await call(path, { key: reader }, 'GET')).status).toBe(200);
  });

  test('a key inside an app makes links into that app, to hosts the project leads to', async () => {
    const app = { platform: 'ios', identifier: 'com.example.inside' };
    const key = await keyWith(['deeplinks:create'], [app]);
    const ask = (link: string, iosBundleId: string, more: object = {}) => ({
      dynamicLinkInfo: { domainUriPrefix: PREFIX, link, iosInfo: { iosBundleId } },
      ...more,
    });
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com'] } });
    const good = ask('https://www.example.com/inside', app.identifier);
    const { shortLink } = await create(good, key);
    expect((await create(good, key)).shortLink).toBe(shortLink);
    const before = await api.state();
    await refused(403, 'PERMISSION_DENIED', ask('https://evil.invalid/', app.identifier), key);
    await refused(403, 'PERMISSION_DENIED', ask('https://www.example.com/', 'com.other.app'), key);
    const custom = { suffix: { option: 'CUSTOM', customSuffix: 'brand' } };
    await refused(403, 'PERMISSION_DENIED', ask('https://www.example.com/', app.identifier, custom), key);
    const managed = await call('/managedShortLinks:create', { body: { ...good, name: 'x' }, key });
    expectGoogleError(managed.json, 403, 'PERMISSION_DENIED');
    expect(await api.state()).toEqual(before);
  });

  test('a key inside an app is slowed down where it is asked too much', async () => {
    const app = { platform: 'ios', identifier: 'com.example.inside' };
    const key = await keyWith(['deeplinks:create'], [app]);
    let limited: Json;
    for (let n = 0; n < 601 && !limited; n++) {
      const answer = await call('/shortLinks', { text: '{', key });
      if (answer.status === 429) limited = answer;
    }
    expectGoogleError(limited.json, 429, 'RESOURCE_EXHAUSTED');
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    await create({ longDynamicLink: LONG_LINK });
  });
});

test('no body makes it fall over', async () => {
  const api = await Api.open(SQLITE);
  try {
    const name = fc.constantFrom(
      ...[
        'longDynamicLink',
        'dynamicLinkInfo',
        'suffix',
        'link',
        'domainUriPrefix',
        'iosInfo',
        'androidInfo',
        'ios_info',
        'dynamic_link_info',
      ],
      ...[
        'iosBundleId',
        'option',
        'customSuffix',
        'socialMetaTagInfo',
        'socialTitle',
        '__proto__',
        'constructor',
      ],
    );
    const leaf = fc.oneof(
      fc.constantFrom(PREFIX, LONG_LINK, 'https://a.example', 'CUSTOM', 'SHORT', null, true, 7, -1e308),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.dictionary(name, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    const near = fc.record(
      {
        dynamicLinkInfo: fc.record({
          domainUriPrefix: fc.constant(PREFIX),
          link: fc.oneof(fc.webUrl(), leaf),
          iosInfo: fc.record({ iosBundleId: leaf, iosFallbackLink: leaf }, { requiredKeys: [] }),
          socialMetaTagInfo: fc.record({ socialTitle: leaf }, { requiredKeys: [] }),
        }),
        suffix: fc.record({ option: fc.constantFrom('SHORT', 'CUSTOM', 'UNGUESSABLE'), customSuffix: leaf }),
      },
      { requiredKeys: ['dynamicLinkInfo'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(tree, near), async (body) => {
        const { status, text, json } = await api.send(
          'POST',
          `/v1/shortLinks?key=${KEY}`,
          JSON.stringify(body),
          {
            'content-type': 'application/json',
          },
        );
        expect([200, 400, 409], text).toContain(status);
        if (status === 200) expect(json.shortLink).toMatch(/^http:\/\/go\.test\//);
        else expect(json.error.code).toBe(status);
      }),
      { numRuns: 200 },
    );
  } finally {
    await api.close();
  }
}, 120_000);
