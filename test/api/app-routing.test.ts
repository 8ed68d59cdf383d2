import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIntent } from '../../src/deeplinks/testing/parse-intent.ts';
import { USER_AGENTS, type UserAgentName } from '../../src/deeplinks/testing/user-agents.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, type Json, PUBLIC_HOST } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const WEB = 'https://shop.example/p/1';
const APP_STORE = 'https://apps.apple.com/app/id123456789';
const ANDROID_APP = { identifier: 'com.example.shop' };
const IOS_APP = { identifier: 'com.example.shop', appStoreId: '123456789' };
const WITH_SCHEME = { ...IOS_APP, customScheme: 'shop' };
const CLICK_ID = /^[0-9a-f]{32}$/;

/** What was written through either API is where phones are led, from the next visit on. */
describe.each(ENGINES)('links that open apps, on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  const visit = (path: string, from: UserAgentName, headers: OutgoingHttpHeaders = {}, method = 'GET') =>
    client.api.visit(path, { 'user-agent': USER_AGENTS[from], ...headers }, method);
  const location = async (path: string, from: UserAgentName): Promise<string> => {
    const answer = await visit(path, from);
    expect(answer.status, answer.text).toBe(302);
    expect(answer.headers['cache-control']).toBe('no-store');
    return String(answer.headers.location);
  };
  const link = (input: object): Promise<Json> => client.api.link({ destination: WEB, ...input });
  const enter = (code: string, from: UserAgentName, query = ''): Promise<Answer> =>
    client.api.send('POST', `/${code}${query}`, 'password=open+sesame', {
      host: PUBLIC_HOST,
      'user-agent': USER_AGENTS[from],
      'content-type': 'application/x-www-form-urlencoded',
    });

  function expectPage(answer: Answer, hrefs: readonly string[]): void {
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    const found = [...answer.text.matchAll(/<a id="\w+"[^>]* href="([^"]*)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
    );
    expect(found).toEqual(hrefs);
  }

  test('a shop with links below a prefix of its own host keeps its pages, and its links none', async () => {
    const host = `www.shop-${engine.name.toLowerCase()}.example`;
    await client.api.ok('POST', '/domains', { body: { host, pathPrefix: 'go' } });
    const statuses = async (destination: string) => {
      const { code } = await link({
        destination,
        domain: `${host}/go`,
        apps: { ios: WITH_SCHEME },
        settings: { redirectType: 200 },
      });
      const answers = [];
      for (const from of ['macOrIpadSafari', 'windowsChrome'] as const)
        answers.push((await visit(`/go/${code}`, from, { host })).status);
      return answers;
    };
    expect(await statuses(`https://${host}/product/42`)).toEqual([200, 200]);
    expect(await statuses(`https://${host}/go/other`)).toEqual([302, 302]);
    expect(await statuses(`https://${host}:8443/go/other`)).toEqual([302, 302]);
  });

  test('no page leads in a circle under a name that nobody has registered', async () => {
    const { code } = await link({
      destination: 'http://127.0.0.1:1234/again',
      settings: { redirectType: 200 },
    });
    expect((await visit(`/${code}`, 'windowsChrome')).status).toBe(200);
    expect((await visit(`/${code}`, 'windowsChrome', { host: '127.0.0.1:1234' })).status).toBe(302);
  });

  test('an intent whose fallback is a short link is for a person to tap', async () => {
    const storeUrl = `http://${PUBLIC_HOST}/store`;
    const { code } = await link({ apps: { android: { ...ANDROID_APP, storeUrl } } });
    const answer = await visit(`/${code}`, 'androidChrome');
    expectPage(answer, [expect.stringMatching(/^intent:/), storeUrl, WEB] as string[]);
    expect(answer.text).not.toContain("'opened'");
  });

  test('a payload with apps leads each device to its place', async () => {
    await client.link('both', {
      link: 'https://shop.example/p/1?a=b#c',
      ios: { bundleId: 'com.example.shop', app_store_fallback: APP_STORE },
      android: { package: 'com.example.shop', min_version: '2.0.0' },
      campaign: { utm_source: 'news & more', utm_campaign: 'spring' },
      desktop_fallback: 'https://www.shop.example/',
    });
    const deepLink = 'https://shop.example/p/1?a=b&utm_source=news%20%26%20more&utm_campaign=spring#c';
    expect(await location('/both', 'iphoneSafari')).toBe(APP_STORE);
    expect(await location('/both', 'windowsChrome')).toMatch(/^https:\/\/www\.shop\.example\//);
    const intent = parseIntent(await location('/both', 'pixelChrome'));
    expect(intent).toMatchObject({ data: deepLink, package: 'com.example.shop' });
    const store = new URL(intent.extras.browser_fallback_url ?? '');
    expect(store.origin + store.pathname).toBe('https://play.google.com/store/apps/details');
    expect(store.searchParams.get('id')).toBe('com.example.shop');
    expect(Object.fromEntries(new URLSearchParams(store.searchParams.get('referrer') ?? ''))).toEqual({
      utm_source: 'news & more',
      utm_campaign: 'spring',
      click_id: expect.stringMatching(CLICK_ID),
    });
    const withQuery = parseIntent(await location('/both?a=theirs&b=2', 'androidChrome'));
    expect(withQuery.data).toBe(deepLink.replace('#', '&b=2#'));
    expectPage(await visit('/both', 'androidFacebook'), [
      expect.stringMatching(/^intent:\/\/shop\.example\/p\/1\?a=b/),
      expect.stringMatching(/^https:\/\/play\.google\.com\//),
      deepLink,
    ]);
    const mac = await visit('/both', 'macOrIpadSafari');
    // Whoever stays on the page has an iPad; a Mac is sent on.
    expectPage(mac, [APP_STORE, deepLink]);
    expect(mac.text).toContain(
      '<noscript><meta http-equiv="refresh" content="0;url=https://www.shop.example/',
    );
  });

  test('one platform alone leaves the other to the web', async () => {
    await client.link('only-ios', { link: WEB, ios: { bundleId: 'a.b', app_store_id: '123456789' } });
    expect(await location('/only-ios', 'iphoneSafari')).toBe(APP_STORE);
    expect(await location('/only-ios', 'pixelChrome')).toBe(WEB);
    await client.put('only-ios', { link: WEB, ios: null });
    expect(await location('/only-ios', 'iphoneSafari')).toBe(WEB);
  });

  test('saved apps are followed from the next visit on, and left when they are deleted', async () => {
    const ios = await client.app({ platform: 'IOS', name: 'Shop', bundleId: 'a.b', appStoreId: '1' });
    const android = await client.app({ platform: 'ANDROID', name: 'Shop', packageName: 'com.example.shop' });
    await client.link('saved', { link: WEB, iosAppId: ios.id, androidAppId: android.id });
    const places = async () => [
      await location('/saved', 'iphoneSafari'),
      (await location('/saved', 'pixelChrome')).replace(/;S\..*/, ''),
    ];
    expect(await places()).toEqual([
      'https://apps.apple.com/app/id1',
      'intent://shop.example/p/1#Intent;scheme=https;package=com.example.shop',
    ]);
    await client.ok('PUT', `/mobile-apps/${ios.id}`, { appStoreFallback: 'https://apps.example/shop' });
    await client.api.ok('PATCH', `/apps/${android.id}`, { body: { customScheme: 'shop' } });
    expect(await places()).toEqual([
      'https://apps.example/shop',
      'intent://shop.example/p/1#Intent;scheme=shop;package=com.example.shop',
    ]);
    await client.api.ok('PATCH', `/apps/${ios.id}`, { body: { customScheme: 'shop' } });
    expectPage(await visit('/saved', 'iphoneSafari'), [
      'shop://shop.example/p/1',
      'https://apps.example/shop',
      WEB,
    ]);
    await client.ok('DELETE', `/mobile-apps/${ios.id}`);
    await client.api.call('DELETE', `/apps/${android.id}`);
    expect(await places()).toEqual([WEB, WEB]);
  });

  test('what only our own API can say is followed as well', async () => {
    const { code } = await link({
      apps: {
        ios: { ...IOS_APP, ipadStoreUrl: 'https://apps.apple.com/app/id987' },
        android: { ...ANDROID_APP, deepLink: 'https://app.example/in;end?x=#Intent;package=evil.app;end' },
      },
      appRouting: { at: '1000lABC', ct: 'spring', gclid: 'G-1', forceRedirect: true },
      campaign: { source: 's' },
    });
    expect(await location(`/${code}`, 'iphoneSafari')).toBe(`${APP_STORE}?at=1000lABC&ct=spring`);
    expect(await location(`/${code}`, 'ipadMobilePage')).toBe(
      'https://apps.apple.com/app/id987?at=1000lABC&ct=spring',
    );
    expect(await location(`/${code}`, 'macOrIpadSafari')).toBe(`${WEB}?utm_source=s`);
    const intent = parseIntent(await location(`/${code}`, 'pixelChrome'));
    expect(intent).toMatchObject({
      data: 'https://app.example/in;end?x=&utm_source=s#Intent;package=evil.app;end',
      package: 'com.example.shop',
    });
    expect(intent.extras.browser_fallback_url).toContain('gclid%3DG-1');
    // Forced: no page, even where an intent is not followed.
    expect(await location(`/${code}`, 'androidFacebook')).toMatch(/^https:\/\/play\.google\.com\//);
  });

  test('a chat app hands the link to the real browser, where it counts once', async () => {
    const { code, id } = await link({ apps: { ios: WITH_SCHEME }, settings: { maxClicks: 1 } });
    const short = `http://${PUBLIC_HOST}/${code}?qr=1&a=%20&openExternalBrowser=1`;
    for (let again = 0; again < 2; again++) {
      expect(await location(`/${code}?qr=1&a=%20`, 'iphoneLine')).toBe(short);
      expect(await location(`/${code}?qr=1&a=%20`, 'iphoneKakao')).toBe(
        `kakaotalk://web/openExternal?url=${encodeURIComponent(short)}`,
      );
    }
    const opened = await visit(short.slice(short.indexOf('/', 7)), 'iphoneSafari');
    expectPage(opened, ['shop://shop.example/p/1?a=%20', APP_STORE, `${WEB}?a=%20`]);
    expect((await visit(`/${code}`, 'iphoneSafari')).status).toBe(403);
    await until(
      async () => (await client.api.ok('GET', `/links/${id}`)).clicks === 1,
      'the one click is counted',
    );
    // A chat app that cannot or will not is not asked again.
    const stuck = await link({ apps: { ios: WITH_SCHEME } });
    expect((await visit(`/${stuck.code}?openExternalBrowser=1`, 'iphoneKakao')).status).toBe(200);
  });

  test('as much of a query travels on through a chat app as directly', async () => {
    const { code } = await link({ apps: { ios: WITH_SCHEME } });
    const query = `a=${'x'.repeat(3_998)}`;
    const page = ['shop://shop.example/p/1', APP_STORE, WEB].map((url) =>
      url === APP_STORE ? url : `${url}?${query}`,
    );
    expectPage(await visit(`/${code}?${query}`, 'iphoneSafari'), page);
    const handedOver = new URL(await location(`/${code}?${query}`, 'iphoneLine'));
    expectPage(await visit(handedOver.pathname + handedOver.search, 'iphoneSafari'), page);
  });

  test('where no store has the app, the fallback is the web, and a Mac is sent on at once', async () => {
    const desktopUrl = 'https://www.shop.example/get';
    const routing = {
      desktopUrl,
      appRouting: { desktopUrlWithoutStore: true },
      settings: { qrBypass: true },
    };
    const bare = { ...IOS_APP, appStoreId: undefined };
    const plain = await link({ ...routing, apps: { ios: bare } });
    for (const from of ['iphoneSafari', 'macOrIpadSafari', 'pixelChrome'] as const) {
      for (const query of ['', '?qr=1'])
        expect(await location(`/${plain.code}${query}`, from)).toBe(desktopUrl);
    }
    const opened = await link({ ...routing, apps: { ios: { ...bare, customScheme: 'shop' } } });
    expectPage(await visit(`/${opened.code}`, 'iphoneSafari'), ['shop://shop.example/p/1', desktopUrl]);
    expect(await location(`/${opened.code}?qr=1`, 'iphoneSafari')).toBe(desktopUrl);
    const simulated = await client.api.ok('POST', '/simulate', {
      body: { linkId: plain.id, visitor: { device: 'iphone' } },
    });
    expect(simulated).toMatchObject({ outcome: 'redirect', via: 'web', destination: desktopUrl });
  });

  test('a group decides before any app is opened', async () => {
    const group = await client.api.group();
    await client.link('grouped', {
      link: WEB,
      ios: { bundleId: 'a.b', app_store_id: '123456789' },
      android: { package: 'com.example.shop' },
    });
    await client.intoGroup('grouped', group.id);
    const set = (settings: object) => client.api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });
    const statuses = async () => [
      (await visit('/grouped', 'iphoneSafari')).status,
      (await visit('/grouped', 'pixelChrome')).status,
      (await visit('/grouped', 'androidKakao')).status,
    ];
    expect(await statuses()).toEqual([302, 302, 302]);
    await set({ paused: true });
    expect(await statuses()).toEqual([404, 404, 404]);
    await set({ paused: null, startsAt: '2090-01-01T00:00:00Z' });
    expect(await statuses()).toEqual([403, 403, 403]);
    await set({ startsAt: null, endsAt: '2020-01-01T00:00:00Z' });
    expect(await statuses()).toEqual([410, 410, 410]);
    await set({ endsAt: null, password: 'open sesame' });
    for (const from of ['iphoneSafari', 'pixelChrome', 'androidKakao'] as const) {
      const asked = await visit('/grouped', from);
      expect(asked.text).toContain('<form method="post"');
      expect(JSON.stringify(asked.headers) + asked.text).not.toMatch(/shop\.example|apple\.com|com\.example/);
    }
    await set({ password: null });
    expect(await statuses()).toEqual([302, 302, 302]);
  });

  test('a password that was entered opens the app, by redirect or page, and its cookie does so again', async () => {
    const { code } = await link({
      apps: { ios: WITH_SCHEME, android: ANDROID_APP },
      settings: { password: 'open sesame', maxClicks: 4 },
    });
    const byPage = await enter(code, 'iphoneSafari');
    expectPage(byPage, ['shop://shop.example/p/1', APP_STORE, WEB]);
    const cookie = String(byPage.headers['set-cookie']?.[0]).split(';', 1)[0];
    expectPage(await visit(`/${code}`, 'iphoneSafari', { cookie }), [
      'shop://shop.example/p/1',
      APP_STORE,
      WEB,
    ]);
    const byRedirect = await enter(code, 'pixelChrome');
    expect(byRedirect.status).toBe(303);
    expect(byRedirect.headers.location).toMatch(/^intent:\/\/shop\.example\/p\/1#Intent;/);
    expect(byRedirect.headers['set-cookie']).toHaveLength(1);
    // Entered here, it is not asked for again somewhere else: the fourth and last slot, in the chat app itself.
    expectPage(await enter(code, 'iphoneKakao'), ['shop://shop.example/p/1', APP_STORE, WEB]);
    const full = await enter(code, 'iphoneSafari');
    expect(full.status).toBe(403);
    expect(full.text).not.toContain('shop.example');
  });

  test('robots, programs, embedded requests and scans that pass by get the web', async () => {
    const { code } = await link({
      apps: { ios: WITH_SCHEME, android: ANDROID_APP },
      settings: { qrBypass: true },
    });
    const googlebot =
      'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
    const answers = [
      await visit(`/${code}`, 'pixelChrome', { 'user-agent': googlebot }),
      await visit(`/${code}`, 'okhttp'),
      await visit(`/${code}`, 'pixelChrome', { 'sec-fetch-dest': 'image' }),
      await visit(`/${code}`, 'iphoneSafari', { 'sec-fetch-dest': 'iframe' }),
      await visit(`/${code}?qr=1`, 'pixelChrome'),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 302, headers: { location: WEB } });
    }
  });

  test('a HEAD is answered as the GET, leaves nothing behind, and has no click that could be asked for', async () => {
    const { id, code } = await link({
      apps: { ios: IOS_APP, android: ANDROID_APP },
    });
    const page = await link({ apps: { ios: WITH_SCHEME } });
    for (const from of ['iphoneSafari', 'pixelChrome', 'iphoneKakao', 'windowsChrome'] as const) {
      for (const path of [`/${code}`, `/${page.code}`]) {
        const [head, got] = [await visit(path, from, {}, 'HEAD'), await visit(path, from)];
        const places = [head, got].map(({ headers }) => headers.location?.replace(/[0-9a-f]{32}/, '(click)'));
        expect(head).toMatchObject({ status: got.status, text: '' });
        expect(places[0], from).toBe(places[1]);
      }
    }
    const [, named = ''] =
      (await visit(`/${code}`, 'pixelChrome', {}, 'HEAD')).headers.location?.match(
        /click_id%253D([0-9a-f]+)/,
      ) ?? [];
    expect(named).toBe('0'.repeat(32));
    await until(async () => (await client.api.ok('GET', `/links/${id}`)).clicks === 3, 'clicks are counted');
    expect((await client.api.ok('GET', `/links/${id}`)).clicks).toBe(3);
  });

  test('a page for notifications stands before it and leads to a place any browser can go', async () => {
    const { code } = await link({ apps: { ios: WITH_SCHEME }, settings: { pushSubscription: true } });
    const page = await visit(`/${code}`, 'iphoneSafari');
    expect(page.text).toContain(`<a id="next" class="go" href="${APP_STORE}">`);
    expect(page.text).not.toContain('shop://');
  });

  test.each([
    [{ customScheme: 'javascript' }, 'customScheme'],
    [{ customScheme: 'my\u0000app' }, 'customScheme'],
    [{ customScheme: 'my app\r\nLocation: x' }, 'customScheme'],
    [{ customScheme: 'intent' }, 'customScheme'],
    [{ deepLink: 'javascript:alert(1)' }, 'deepLink'],
    [{ deepLink: 'shop://x' }, 'deepLink'],
    [{ storeUrl: 'javascript:alert(1)' }, 'storeUrl'],
    [{ storeUrl: 'https://a.example/\u0000' }, 'storeUrl'],
    [{ ipadStoreUrl: 'data:text/html,x' }, 'ipadStoreUrl'],
    [{ appStoreId: '1;2' }, 'appStoreId'],
    [{ identifier: 'com.example;end' }, 'identifier'],
  ])('what could run or break something is refused, and nothing is made: %j', async (wrong, field) => {
    const count = async () => (await client.api.ok('GET', '/links?limit=100')).links.length;
    const before = await count();
    await client.api.refused(
      422,
      'POST',
      '/links',
      { body: { destination: WEB, apps: { ios: { ...IOS_APP, ...wrong } } } },
      [`apps.ios.${field}`],
    );
    expect(await count()).toBe(before);
  });
});
