import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseIntent } from '../../src/deeplinks/testing/parse-intent.ts';
import { USER_AGENTS, type UserAgentName } from '../../src/deeplinks/testing/user-agents.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, KEY, PUBLIC_HOST } from './api.ts';

const DEVICES = {
  iPhone: 'iphoneSafari',
  iPad: 'ipadMobilePage',
  /** As iPads say they are since iPadOS 13. */
  iPadOrMac: 'macOrIpadSafari',
  Android: 'pixelChrome',
  desktop: 'windowsChrome',
} as const satisfies Record<string, UserAgentName>;
type DeviceName = keyof typeof DEVICES;

const LINK = 'https://www.example.com/item/7?a=1';
const DESKTOP = 'https://www.example.com/desktop';
const GET_IT = 'https://get.example.com';
const APPLE = 'https://apps.apple.com/app/id123456789';
const PLAY = 'https://play.google.com/store/apps/details?id=com.example.app';
const deep = (scheme: string) => `${scheme}://www.example.com/item/7?a=1`;
const IOS = { link: LINK, ibi: 'com.example.ios', isi: '123456789' };
const ANDROID = { link: LINK, apn: 'com.example.app' };

/** Where a device is led: a URL, or what a page offers; of Android's intents what they say. */
type Ways = Readonly<Record<string, string>> | string;

const onPage = (store: string | null, scheme = 'com.example.ios', web = LINK): Ways => ({
  app: deep(scheme),
  ...(store === null ? {} : { store }),
  web,
});
/** With where a Mac goes that came for an iPad. */
const forTouch = (ways: Ways, mac = LINK): Ways => ({ ...(ways as object), mac });
const intent = (fallback: string, data = LINK): Ways => ({ data, package: 'com.example.app', fallback });

/** Each parameter, and all that it changes; devices that are not named go to `link`. */
const TABLE: readonly (readonly [
  name: string,
  parameters: Readonly<Record<string, string>>,
  ways: { readonly [D in DeviceName]?: Ways },
])[] = [
  ['link', { link: LINK }, {}],
  ['ofl', { link: LINK, ofl: DESKTOP }, { desktop: DESKTOP, iPadOrMac: DESKTOP }],
  ['apn', ANDROID, { Android: intent(PLAY) }],
  ['afl', { ...ANDROID, afl: `${GET_IT}/android` }, { Android: intent(`${GET_IT}/android`) }],
  ['al', { ...ANDROID, al: `${GET_IT}/item` }, { Android: intent(PLAY, `${GET_IT}/item`) }],
  [
    'ibi',
    { link: LINK, ibi: 'com.example.ios' },
    { iPhone: onPage(null), iPad: onPage(null), iPadOrMac: forTouch(onPage(null)) },
  ],
  ['isi', IOS, { iPhone: onPage(APPLE), iPad: onPage(APPLE), iPadOrMac: forTouch(onPage(APPLE)) }],
  [
    'ifl',
    { ...IOS, ifl: `${GET_IT}/ios` },
    {
      iPhone: onPage(`${GET_IT}/ios`),
      iPad: onPage(`${GET_IT}/ios`),
      iPadOrMac: forTouch(onPage(`${GET_IT}/ios`)),
    },
  ],
  [
    'ipfl',
    { ...IOS, ipfl: `${GET_IT}/ipad` },
    {
      iPhone: onPage(APPLE),
      iPad: onPage(`${GET_IT}/ipad`),
      iPadOrMac: forTouch(onPage(`${GET_IT}/ipad`)),
    },
  ],
  [
    'ius',
    { ...IOS, ius: 'shop' },
    {
      iPhone: onPage(APPLE, 'shop'),
      iPad: onPage(APPLE, 'shop'),
      iPadOrMac: forTouch(onPage(APPLE, 'shop')),
    },
  ],
  [
    'ipbi',
    { ...IOS, ipbi: 'com.example.ipad' },
    {
      iPhone: onPage(APPLE),
      iPad: onPage(APPLE, 'com.example.ipad'),
      iPadOrMac: forTouch(onPage(APPLE, 'com.example.ipad')),
    },
  ],
  ['efr', { ...IOS, efr: '1' }, { iPhone: APPLE, iPad: APPLE }],
  [
    'at, ct, mt, pt',
    { ...IOS, efr: '1', at: 'a', ct: 'c', mt: '8', pt: 'p' },
    { iPhone: `${APPLE}?at=a&ct=c&mt=8&pt=p`, iPad: `${APPLE}?at=a&ct=c&mt=8&pt=p` },
  ],
  [
    'ofl, and an iPad that says it is a Mac',
    { ...IOS, ofl: DESKTOP },
    {
      desktop: DESKTOP,
      iPhone: onPage(APPLE),
      iPad: onPage(APPLE),
      iPadOrMac: forTouch(onPage(APPLE), DESKTOP),
    },
  ],
];

describe.each(ENGINES)('every parameter of a Firebase link, on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    const { apps } = await api.ok('GET', '/apps');
    for (const { id } of apps) await api.ok('DELETE', `/apps/${id}`);
    await api.ok('PATCH', '/project', {
      body: { allowedHosts: ['www.example.com', 'get.example.com'] },
    });
  });

  const visit = (path: string, device: DeviceName) =>
    api.visit(path, { 'user-agent': USER_AGENTS[DEVICES[device]] });
  const longPath = (parameters: Readonly<Record<string, string>>) => `/?${new URLSearchParams(parameters)}`;
  const google = (method: string, path: string, body?: object): Promise<Answer> =>
    api.send(method, `/v1${path}${path.includes('?') ? '&' : '?'}key=${KEY}`, body && JSON.stringify(body), {
      'content-type': 'application/json',
    });
  const shortPath = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
    const longDynamicLink = `http://${PUBLIC_HOST}${longPath(parameters)}`;
    const { status, text, json } = await google('POST', '/shortLinks', { longDynamicLink });
    expect(status, text).toBe(200);
    return new URL(json.shortLink).pathname;
  };
  /** The same said in both ways leads to the same places. */
  const expectWays = async (
    parameters: Readonly<Record<string, string>>,
    wanted: { readonly [D in DeviceName]?: Ways },
  ): Promise<void> => {
    for (const path of [longPath(parameters), await shortPath(parameters)]) {
      for (const device of Object.keys(DEVICES) as DeviceName[]) {
        expect(waysOf(await visit(path, device)), `${device} at ${path}`).toEqual(wanted[device] ?? LINK);
      }
    }
  };

  test.each(TABLE)('%s', async (_, parameters, wanted) => {
    await expectWays(parameters, wanted);
  });

  test('utm_* and gclid reach the deep link and the store', async () => {
    const utm = { utm_source: 's', utm_medium: 'm', utm_campaign: 'c', utm_term: 't', utm_content: 'x' };
    const parameters = { ...IOS, ...ANDROID, ...utm, gclid: 'g' };
    const told = `${LINK}&${new URLSearchParams(utm)}`;
    for (const path of [longPath(parameters), await shortPath(parameters)]) {
      expect(waysOf(await visit(path, 'desktop'))).toBe(told);
      expect(waysOf(await visit(path, 'iPhone'))).toMatchObject({
        web: told,
        app: told.replace('https', 'com.example.ios'),
      });
      const { location = '' } = (await visit(path, 'Android')).headers;
      const { data, extras } = parseIntent(location);
      expect(data).toBe(told);
      const referrer = new URL(extras.browser_fallback_url ?? '').searchParams.get('referrer') ?? '';
      expect(Object.fromEntries(new URLSearchParams(referrer))).toMatchObject({ ...utm, gclid: 'g' });
    }
  });

  test('st, sd and si are the card; on the page they stand where the link is saved', async () => {
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com', 'img.example.com'] } });
    const image = 'https://img.example.com/a.png';
    const parameters = { ...IOS, st: 'A title', sd: 'A text', si: image };
    const long = longPath(parameters);
    const short = await shortPath(parameters);
    for (const path of [long, short]) {
      const card = await api.visit(path, { 'user-agent': 'facebookexternalhit/1.1' });
      for (const said of ['A title', 'A text', image]) expect(card.text).toContain(said);
      expect(card.text).not.toContain('www.example.com/item');
    }
    const bodyOf = async (path: string) => (await visit(path, 'iPhone')).text.split('<body')[1];
    const saved = await bodyOf(short);
    for (const said of ['<h1>A title</h1>', 'A text', `src="${image}"`]) expect(saved).toContain(said);
    const written = await bodyOf(long);
    for (const said of ['A title', 'A text', `src="${image}"`]) expect(written).not.toContain(said);
    // Whoever wrote it, the page says where it leads.
    for (const page of [saved, written]) expect(page).toContain('<b>www.example.com</b>');
  });

  test('amv and imv are handed to the app, and compared nowhere', async () => {
    const parameters = { ...IOS, ...ANDROID, amv: '12', imv: '2.1' };
    for (const path of [longPath(parameters), await shortPath(parameters)]) {
      for (const [platform, minVersion] of [
        ['android', '12'],
        ['ios', '2.1'],
      ]) {
        const answer = await api.send(
          'POST',
          '/1.0/resolve',
          JSON.stringify({ url: `http://${PUBLIC_HOST}${path}`, platform }),
          { 'content-type': 'application/json', 'x-api-key': KEY },
        );
        expect(answer.json.data, answer.text).toMatchObject({ minVersion });
      }
    }
  });

  test('d=1 shows the flow, of a long link and a short one', async () => {
    const path = await shortPath(IOS);
    for (const asked of [`${longPath(IOS)}&d=1`, `${path}?d=1`]) {
      const { status, text } = await visit(asked, 'iPad');
      expect(status).toBe(200);
      expect(text).toContain('noindex');
      expect(text).not.toContain('http-equiv');
    }
  });

  test('ipbi leads iPads to the app that is saved under it, as it is now, and names it for the domain', async () => {
    const teamId = 'ABCDE12345';
    const phone = {
      platform: 'ios',
      name: 'Phone',
      identifier: 'com.example.ios',
      appStoreId: '123456789',
      teamId,
    };
    await api.ok('POST', '/apps', { body: phone });
    const parameters = { ...IOS, ipbi: 'com.example.ipad' };
    const short = await shortPath(parameters);
    const long = longPath(parameters);
    // What is not saved is not followed by a link that anybody may write.
    expect(waysOf(await visit(long, 'iPad'))).toBe(LINK);
    expect(waysOf(await visit(short, 'iPad'))).toEqual(onPage(APPLE, 'com.example.ipad'));

    const pad = { platform: 'ios', name: 'Pad', identifier: 'com.example.ipad', appStoreId: '987', teamId };
    const { id } = await api.ok('POST', '/apps', { body: pad });
    for (const path of [long, short]) {
      const own = onPage('https://apps.apple.com/app/id987', 'com.example.ipad');
      expect(waysOf(await visit(path, 'iPad'))).toEqual(own);
      expect(waysOf(await visit(path, 'iPadOrMac'))).toEqual(forTouch(own));
      expect(waysOf(await visit(path, 'iPhone'))).toEqual(onPage(APPLE));
    }
    await api.ok('PATCH', `/apps/${id}`, { body: { customScheme: 'pad', storeUrl: `${GET_IT}/pad` } });
    for (const path of [long, short]) {
      expect(waysOf(await visit(path, 'iPad'))).toEqual(onPage(`${GET_IT}/pad`, 'pad'));
    }
    const file = await api.send('GET', '/.well-known/apple-app-site-association', undefined, {
      host: PUBLIC_HOST,
    });
    expect(file.json.applinks.details.flatMap(({ appIDs }: Json) => appIDs).sort()).toEqual([
      `${teamId}.com.example.ios`,
      `${teamId}.com.example.ipad`,
    ]);
    const simulate = (device: string): Promise<Json> =>
      api.ok('POST', '/simulate', {
        body: { code: short.slice(1), visitor: { device, appInstalled: true } },
      });
    for (const device of ['iphone', 'ipad', 'ipadDesktop']) {
      expect((await simulate(device)).appOpensByItself).toMatchObject({ value: true });
    }
    // The app on the iPad may ask, and is told of itself.
    const { json } = await google('POST', '/reopenAttribution', {
      bundleId: 'com.example.ipad',
      requestedLink: `http://${PUBLIC_HOST}${short}`,
    });
    expect(json).toMatchObject({ deepLink: LINK });

    await api.ok('DELETE', `/apps/${id}`);
    expect(waysOf(await visit(short, 'iPad'))).toEqual(onPage(APPLE, 'com.example.ipad'));
    const gone = await simulate('ipad');
    expect(gone.appOpensByItself).toMatchObject({ value: false });
    expect(gone.apps.ios.missing.join()).toContain('com.example.ipad has a teamId, so iPads cannot');
  });

  test('figures: a click is any, a redirect one that we led on; what leads nowhere is neither', async () => {
    const path = await shortPath({ ...IOS, ...ANDROID, utm_source: 'figures' });
    const shortLink = `http://${PUBLIC_HOST}${path}`;
    const { links } = await api.ok('GET', `/links?code=${path.slice(1)}`);
    const set = (settings: object) => api.ok('PATCH', `/links/${links[0].id}`, { body: { settings } });
    const figures = async (): Promise<Json> => {
      const { json, text } = await google(
        'GET',
        `/${encodeURIComponent(shortLink)}/linkStats?durationDays=7`,
      );
      expect(json.linkEventStats, text).toBeDefined();
      return Object.fromEntries(
        json.linkEventStats.map(({ event, platform, count }: Json) => [`${event} ${platform}`, count]),
      );
    };
    await set({ paused: true });
    expect((await visit(path, 'desktop')).status).toBe(404);
    await set({ paused: false, password: 'Open, Sesame!' });
    expect((await visit(path, 'iPhone')).status).toBe(200);
    await set({ password: false });
    await api.visit(path, { 'user-agent': 'facebookexternalhit/1.1' });
    expect(await figures()).toEqual({});

    for (const device of ['desktop', 'desktop', 'iPhone', 'Android'] as const) await visit(path, device);
    // The system handed it to the app: a click that we led nowhere.
    const opened = { bundleId: 'com.example.ios', requestedLink: shortLink };
    expect((await google('POST', '/reopenAttribution', opened)).status).toBe(200);
    const wanted = {
      'CLICK DESKTOP': '2',
      'REDIRECT DESKTOP': '2',
      'CLICK ANDROID': '1',
      'REDIRECT ANDROID': '1',
      'CLICK IOS': '2',
      'REDIRECT IOS': '1',
      'APP_RE_OPEN IOS': '1',
    };
    await until(
      async () => Object.keys(await figures()).length === Object.keys(wanted).length,
      'all is counted',
    );
    expect(await figures()).toEqual(wanted);
    const long = `http://${PUBLIC_HOST}${longPath(IOS)}`;
    const ofLong = await google('GET', `/${encodeURIComponent(long)}/linkStats?durationDays=7`);
    expect(ofLong.status).toBe(404);
  });
});

function waysOf({ status, headers, text }: Answer): Ways {
  const { location } = headers;
  if (location?.startsWith('intent:')) {
    const { data, package: name, extras } = parseIntent(location);
    const fallback = new URL(extras.browser_fallback_url ?? '');
    if (fallback.host === 'play.google.com') fallback.searchParams.delete('referrer');
    return { data, package: name ?? '', fallback: fallback.href };
  }
  if (location !== undefined) return location;
  expect(status).toBe(200);
  const plain = (url = '') => url.replaceAll('&amp;', '&');
  const mac = /data-web="([^"]*)"/.exec(text)?.[1];
  return {
    ...Object.fromEntries(
      [...text.matchAll(/<a id="(\w+)"[^>]* href="([^"]*)"/g)].map(([, id = '', href]) => [id, plain(href)]),
    ),
    ...(mac === undefined ? {} : { mac: plain(mac) }),
  };
}
