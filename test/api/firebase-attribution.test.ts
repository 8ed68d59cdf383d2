import { firebasedynamiclinks } from '@googleapis/firebasedynamiclinks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, PUBLIC_HOST } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const PREFIX = `http://${PUBLIC_HOST}`;
const BUNDLE = 'com.example.ios';

describe.each(ENGINES)('what Firebase’s iOS SDK asks, on $name', (engine) => {
  let api: Api;
  let key: string;
  beforeAll(async () => {
    api = await Api.open(engine);
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com'] } });
    const body = {
      name: 'in the app',
      scopes: ['deeplinks:open'],
      apps: [{ platform: 'ios', identifier: BUNDLE }],
    };
    ({ key } = await api.ok('POST', '/keys', { body }));
  });
  afterAll(() => api.close());

  const google = (auth = key) =>
    firebasedynamiclinks({ version: 'v1', rootUrl: `http://127.0.0.1:${api.port}/`, auth });
  const install = async (more: object = {}): Promise<Json> => {
    const requestBody = {
      bundleId: BUNDLE,
      iosVersion: '18.5',
      sdkVersion: '9.0.0',
      appInstallationTime: '1700000000',
      retrievalMethod: 'IMPLICIT_WEAK_MATCH',
      visualStyle: 'DEFAULT_STYLE',
      device: {
        screenResolutionWidth: '390',
        screenResolutionHeight: '844',
        languageCode: 'ko-kr',
        languageCodeRaw: 'ko_KR',
        timezone: 'Asia/Seoul',
        deviceModelName: 'iPhone14,5',
      },
      ...more,
    };
    return (await google().v1.installAttribution({ requestBody })).data;
  };
  const short = async (link: string): Promise<string> => {
    const dynamicLinkInfo = {
      domainUriPrefix: PREFIX,
      link,
      iosInfo: { iosBundleId: BUNDLE, iosAppStoreId: '123456789', iosMinimumVersion: '2.1' },
      analyticsInfo: { googlePlayAnalytics: { utmSource: 'mail', utmCampaign: 'summer' } },
    };
    const { data } = await google(KEY).shortLinks.create({ requestBody: { dynamicLinkInfo } });
    return data.shortLink ?? '';
  };
  const visit = (url: string) =>
    api.visit(url.slice(PREFIX.length), { 'user-agent': IPHONE, 'accept-language': 'ko-KR,ko;q=0.9' });
  const NOTHING = {
    isStrongMatchExecutable: false,
    requestIpVersion: 'IP_V4',
    matchMessage: 'No link was found that led to this installation.',
  };

  test('an installation without a click is one', async () => {
    expect(await install()).toEqual(NOTHING);
  });

  test('a click is told to the one installation that is like it, with all that a client reads', async () => {
    const link = await short('https://www.example.com/item/7');
    expect((await visit(link)).status).toBe(200);
    const deepLink = 'https://www.example.com/item/7?utm_source=mail&utm_campaign=summer';
    expect(await install()).toEqual({
      deepLink,
      requestedLink: link,
      resolvedLink: `${PREFIX}/?link=https%3A%2F%2Fwww.example.com%2Fitem%2F7&ibi=${BUNDLE}&isi=123456789&imv=2.1&utm_source=mail&utm_campaign=summer`,
      fallbackLink: 'https://apps.apple.com/app/id123456789',
      appMinimumVersion: '2.1',
      utmSource: 'mail',
      utmCampaign: 'summer',
      attributionConfidence: expect.stringMatching(/^(WEAK|DEFAULT)$/),
      matchMessage: expect.stringMatching(/matched by the likeness/),
      isStrongMatchExecutable: false,
      requestIpVersion: 'IP_V4',
    });
    expect(await install()).toEqual(NOTHING);
  });

  test('a link in the pasteboard is certain', async () => {
    const link = await short('https://www.example.com/pasted');
    expect(await install({ uniqueMatchLinkToCheck: link })).toMatchObject({
      deepLink: expect.stringContaining('https://www.example.com/pasted'),
      requestedLink: link,
      attributionConfidence: 'UNIQUE',
    });
  });

  test('a link in the pasteboard that was copied without a click is an installation, counted once', async () => {
    const link = await short('https://www.example.com/copied');
    const { links } = await api.ok('GET', '/links?limit=100');
    const { id } = links.find((one: Json) => one.shortUrl === link);
    await api.ok('PATCH', `/links/${id}`, { body: { settings: { maxClicks: 3 } } });
    const pasted = (more: object = {}) => install({ uniqueMatchLinkToCheck: link, ...more });
    const UNIQUE = { deepLink: expect.any(String), attributionConfidence: 'UNIQUE' };
    expect(await pasted()).toMatchObject(UNIQUE);
    for (let again = 0; again < 5; again++) expect(await pasted()).toEqual(NOTHING);
    expect(await pasted({ appInstallationTime: 1700000001 })).toMatchObject(UNIQUE);
    expect(await pasted({ appInstallationTime: null })).toMatchObject(UNIQUE);
    expect(await pasted({ appInstallationTime: 1700000002 })).toEqual(NOTHING);
    const stats = async (): Promise<Json[]> => {
      const { data } = await google(KEY).v1.getLinkStats({ dynamicLink: link, durationDays: '1' });
      return data.linkEventStats ?? [];
    };
    const FIRST_OPENS = [{ platform: 'IOS', count: '3', event: 'APP_FIRST_OPEN' }];
    await until(async () => (await stats())[0]?.count === '3', 'the installations are counted');
    expect(await stats()).toEqual(FIRST_OPENS);
  });

  const LONG = `${PREFIX}/?link=https%3A%2F%2Fwww.example.com%2Flong%3Fa%3D1&ibi=${BUNDLE}&imv=3&utm_source=poster&ref=x`;

  test('the click on a long link is told like any', async () => {
    await visit(LONG);
    expect(await install()).toMatchObject({
      deepLink: 'https://www.example.com/long?a=1&utm_source=poster&ref=x',
      requestedLink: LONG,
      resolvedLink: LONG,
      fallbackLink: expect.stringContaining('https://www.example.com/long?a=1'),
      appMinimumVersion: '3',
      utmSource: 'poster',
    });
  });

  test('links that were opened in the app are resolved, and counted by platform', async () => {
    const link = await short('https://www.example.com/opened');
    const open = async (requestedLink: string) =>
      (await google().v1.reopenAttribution({ requestBody: { bundleId: BUNDLE, requestedLink } })).data;
    expect(await open(`${link}?ref=friend`)).toEqual({
      deepLink: 'https://www.example.com/opened?utm_source=mail&utm_campaign=summer&ref=friend',
      resolvedLink: expect.stringContaining('?link=https%3A%2F%2Fwww.example.com%2Fopened&ibi='),
      iosMinAppVersion: '2.1',
      utmSource: 'mail',
      utmCampaign: 'summer',
    });
    await open(link);
    expect(await open(LONG)).toMatchObject({ resolvedLink: LONG, utmSource: 'poster' });
    await visit(link);
    expect(await install()).toHaveProperty('deepLink');
    await until(async () => {
      const { data } = await google(KEY).v1.getLinkStats({ dynamicLink: link, durationDays: '1' });
      return JSON.stringify(data).includes('FIRST_OPEN');
    }, 'the installation is counted');
    const { data } = await google(KEY).v1.getLinkStats({ dynamicLink: link, durationDays: '1' });
    expect(data.linkEventStats).toEqual(
      expect.arrayContaining([
        // One visit, and two that the system gave to the app.
        { platform: 'IOS', count: '3', event: 'CLICK' },
        { platform: 'IOS', count: '1', event: 'REDIRECT' },
        { platform: 'IOS', count: '2', event: 'APP_RE_OPEN' },
        { platform: 'IOS', count: '1', event: 'APP_FIRST_OPEN' },
      ]),
    );
    expect(data.linkEventStats).toHaveLength(4);
  });

  test('what cannot be opened is refused in Google’s words', async () => {
    const link = await short('https://www.example.com/refused');
    const attempt = (requestBody: object, auth = key) => google(auth).v1.reopenAttribution({ requestBody });
    const opening = { bundleId: BUNDLE, requestedLink: link };
    await expect(attempt({ requestedLink: link })).rejects.toMatchObject({ code: 400 });
    await expect(attempt({ bundleId: BUNDLE })).rejects.toMatchObject({ code: 400 });
    await expect(attempt({ ...opening, bundleId: 'com.other.app' })).rejects.toMatchObject({ code: 400 });
    await expect(attempt({ ...opening, requestedLink: 'https://x.page.link/a' })).rejects.toMatchObject({
      code: 400,
    });
    await expect(attempt({ ...opening, requestedLink: `${PREFIX}/none` })).rejects.toMatchObject({
      code: 404,
    });
    await expect(attempt({ ...opening, bundleId: 'com.other.app' }, KEY)).rejects.toMatchObject({
      code: 403,
    });
    const { links } = await api.ok('GET', '/links?limit=100');
    const { id } = links.find((one: Json) => one.shortUrl === link);
    const set = (settings: object) => api.ok('PATCH', `/links/${id}`, { body: { settings } });
    await set({ paused: true });
    await expect(attempt(opening)).rejects.toMatchObject({ code: 404 });
    await set({ paused: null, password: 'crocus' });
    await expect(attempt(opening)).rejects.toMatchObject({ code: 403 });
    await set({ password: null, maxClicks: 1 });
    expect((await attempt(opening)).status).toBe(200);
    await expect(attempt(opening)).rejects.toMatchObject({ code: 403 });
    const { key: writer } = await api.ok('POST', '/keys', { body: { name: 'x', scopes: ['links:write'] } });
    await expect(attempt(opening, writer)).rejects.toMatchObject({ code: 403 });
    await expect(google().v1.installAttribution({ requestBody: {} })).rejects.toMatchObject({ code: 400 });
  });
});
