import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { AppRouting } from '../links/app-routing.ts';
import { asciiUrl, httpUrlProblem } from '../links/destination.ts';
import type { OpenedApp } from '../links/link-app.ts';
import { type AppLink, type AppRoute, appFor, routeToApp } from './app-route.ts';
import { type Device, deviceOf, IN_APP_BROWSERS, UNKNOWN_DEVICE } from './device.ts';
import { hasLeftApp, urlForOwnBrowser } from './own-browser.ts';
import { parseIntent } from './testing/parse-intent.ts';
import { USER_AGENTS, type UserAgentName } from './testing/user-agents.ts';

const IOS: OpenedApp = {
  identifier: 'com.example.shop',
  storeUrl: null,
  appStoreId: '123456789',
  minVersion: '2.0.0',
  customScheme: null,
  deepLink: null,
  ipadIdentifier: null,
  ipadStoreUrl: null,
};
const IOS_WITH_SCHEME: OpenedApp = { ...IOS, customScheme: 'shop' };
const ANDROID: OpenedApp = { ...IOS, identifier: 'com.example.shop', appStoreId: null };

const WEB = 'https://shop.example/p/1?a=b#c';
const DESKTOP = 'https://www.shop.example/';
const APP_STORE = 'https://apps.apple.com/app/id123456789';
const PLAY = 'https://play.google.com/store/apps/details?id=com.example.shop';
const PLAY_TOLD = `${PLAY}&referrer=click_id%3Dc0ffee`;
const VISIT = { clickId: 'c0ffee', mayLeave: true, leadsHere: () => false };
const HAS_LEFT = { ...VISIT, mayLeave: false };

interface Described {
  readonly ios?: OpenedApp;
  readonly android?: OpenedApp;
  readonly routing?: AppRouting;
  readonly campaign?: AppLink['campaign'];
}

/** As a visit does it: the app for the device, then the route. */
function route(device: Device, described: Described, visit = VISIT, deepLink = WEB): AppRoute {
  const { ios = null, android = null, routing = {}, campaign = {} } = described;
  const app = appFor({ ios, android }, device);
  if (app === null) return { via: 'web' };
  const urls = { destination: WEB, desktopDestination: DESKTOP, deepLink };
  const link = { ...urls, app, routing, campaign };
  return routeToApp(link, device, visit);
}
const routeOf = (name: UserAgentName, described: Described, visit = VISIT) =>
  route(deviceOf(USER_AGENTS[name]), described, visit);

const intentTo = (scheme: string, fallback: string) =>
  `intent://shop.example/p/1?a=b#c#Intent;scheme=${scheme};package=com.example.shop;` +
  `S.browser_fallback_url=${encodeURIComponent(fallback)};end`;

describe('every browser, at a link with an app for each platform', () => {
  /** Without a scheme, with one; and what is done when the browser has been asked to hand the link over already. */
  const EXPECTED: Readonly<Record<UserAgentName, [plain: string, scheme: string, left: string]>> = {
    ...each('store', 'page', 'page', [
      ...([
        'iphoneSafari',
        'iphoneSafari26',
        'iphoneOld',
        'iphoneChrome',
        'iphoneFirefox',
        'iphoneEdge',
      ] as const),
      ...([
        'iphoneOpera',
        'iphoneDuckDuckGo',
        'iphoneGoogleApp',
        'ipod',
        'iphoneNaver',
        'iphoneInstagram',
      ] as const),
      ...(['iphoneFacebook', 'iphoneMessenger', 'iphoneTikTok', 'iphoneX', 'iphoneWeChat'] as const),
      ...(['iphoneLinkedIn', 'iphoneSnapchat', 'iphoneDaum', 'iphoneOtherApp'] as const),
      ...(['ipadOld', 'ipadMobilePage', 'ipadChrome', 'ipadChromeAsMac', 'ipadFirefoxAsMac'] as const),
      ...(['ipadEdgeAsMac', 'ipadFacebook', 'ipadInstagramAsMac'] as const),
    ]),
    ...each('browser', 'browser', 'page', [
      ...([
        'iphoneKakao',
        'iphoneKakaoOld',
        'iphoneLine',
        'ipadKakaoAsMac',
        'androidKakao',
        'androidLine',
      ] as const),
    ]),
    ...each('page for touch', 'page for touch', 'page for touch', [
      ...(['macOrIpadSafari', 'macOrIpadSafari26', 'macOrIpadWebView', 'macOrIpadDuckDuckGo'] as const),
    ]),
    ...each('app', 'app', 'app', [
      ...(['androidChrome', 'pixelChrome', 'androidTablet', 'androidFirefox', 'samsungInternet'] as const),
      ...(['androidEdge', 'androidOpera', 'androidWhale', 'miuiBrowser', 'androidOld'] as const),
      ...(['huaweiWithoutPlay', 'huaweiWithPlay', 'harmonyOs'] as const),
    ]),
    ...each('page', 'page', 'page', [
      ...([
        'androidNaver',
        'androidInstagram',
        'androidFacebook',
        'androidMessenger',
        'androidTikTok',
      ] as const),
      ...([
        'androidX',
        'androidWeChat',
        'androidOtherApp',
        'androidDaum',
        'androidOperaMini',
        'androidOperaMiniNew',
      ] as const),
    ]),
    ...each('web', 'web', 'web', [
      ...(['harmonyNext', 'windowsChrome', 'macChrome', 'macEdge', 'macFirefox', 'macWeChat'] as const),
      ...([
        'linuxFirefox',
        'chromebook',
        'windowsWeChat',
        'windowsPhone',
        'kaiOs',
        'curl',
        'okhttp',
      ] as const),
    ]),
  };

  const kindOf = (to: AppRoute) =>
    to.via === 'page' && to.withoutTouchUrl !== null ? 'page for touch' : to.via;

  it.each(Object.keys(USER_AGENTS) as UserAgentName[])('%s', (name) => {
    const [plain, scheme, left] = EXPECTED[name];
    const both = { ios: IOS_WITH_SCHEME, android: { ...ANDROID, customScheme: 'shop' } };
    expect(kindOf(routeOf(name, { ios: IOS, android: ANDROID }))).toBe(plain);
    expect(kindOf(routeOf(name, both))).toBe(scheme);
    expect(kindOf(routeOf(name, both, HAS_LEFT))).toBe(left);
    expect(routeOf(name, {})).toEqual({ via: 'web' });
  });

  function each<N extends UserAgentName>(plain: string, scheme: string, left: string, names: readonly N[]) {
    return Object.fromEntries(names.map((name) => [name, [plain, scheme, left]])) as Record<
      N,
      [string, string, string]
    >;
  }
});

describe('iPhones and iPads', () => {
  it('go to the store where nothing can be tapped that would open the app', () => {
    expect(routeOf('iphoneSafari', { ios: IOS })).toEqual({
      via: 'store',
      url: APP_STORE,
      fallback: APP_STORE,
    });
    const elsewhere = { ...IOS, storeUrl: 'https://apps.example/shop?mt=0' };
    const routing = { at: '1000lABC', ct: 'spring', mt: '8', pt: '117' };
    expect(routeOf('iphoneSafari', { ios: elsewhere, routing })).toMatchObject({ url: elsewhere.storeUrl });
  });

  it('tell Apple’s store of affiliate and campaign, and nothing that stands there already', () => {
    const routing = { at: '1000lABC', ct: 'spring & more', mt: '8', pt: '117', gclid: 'g' };
    expect(routeOf('iphoneSafari', { ios: IOS, routing, campaign: { source: 's' } })).toMatchObject({
      url: `${APP_STORE}?at=1000lABC&ct=spring%20%26%20more&mt=8&pt=117`,
    });
    const own = { ...IOS, storeUrl: 'https://itunes.apple.com/kr/app/%ec%83%b5/id1?ct=own&l=en#x' };
    expect(routeOf('iphoneSafari', { ios: own, routing: { ct: 'theirs', pt: '1' } })).toMatchObject({
      url: 'https://itunes.apple.com/kr/app/%ec%83%b5/id1?ct=own&l=en&pt=1#x',
    });
  });

  it('get a page with every way, where the app has a scheme', () => {
    expect(routeOf('iphoneSafari', { ios: IOS_WITH_SCHEME })).toEqual({
      via: 'page',
      fallback: APP_STORE,
      appUrl: 'shop://shop.example/p/1?a=b#c',
      storeUrl: APP_STORE,
      webUrl: WEB,
      opensByItself: false,
      withoutTouchUrl: null,
    });
    const homeless = { ...IOS_WITH_SCHEME, appStoreId: null };
    expect(routeOf('iphoneSafari', { ios: homeless })).toMatchObject({ storeUrl: null, fallback: WEB });
  });

  it('go to the web where the link says neither store nor scheme', () => {
    const bare = { ...IOS, appStoreId: null };
    expect(routeOf('iphoneSafari', { ios: bare })).toEqual({ via: 'web' });
    expect(routeOf('macOrIpadSafari', { ios: bare })).toEqual({ via: 'web' });
    // The system may know the app: outside of the chat app it gets to see the link.
    expect(routeOf('iphoneKakao', { ios: bare })).toMatchObject({ via: 'browser', fallback: WEB });
    expect(routeOf('iphoneKakao', { ios: bare }, HAS_LEFT)).toEqual({ via: 'web' });
  });

  it('never see a page where redirects are forced', () => {
    const routing = { forceRedirect: true } as const;
    expect(routeOf('iphoneSafari', { ios: IOS_WITH_SCHEME, routing })).toMatchObject({ via: 'store' });
    expect(routeOf('iphoneX', { ios: IOS_WITH_SCHEME, routing })).toMatchObject({ via: 'store' });
    expect(routeOf('macOrIpadSafari', { ios: IOS_WITH_SCHEME, routing })).toEqual({ via: 'web' });
    const homeless = { ...IOS_WITH_SCHEME, appStoreId: null };
    expect(routeOf('iphoneSafari', { ios: homeless, routing })).toEqual({ via: 'web' });
  });

  it('go to the iPad’s own store page on an iPad, however it calls itself', () => {
    const app = { ...IOS, ipadStoreUrl: 'https://apps.apple.com/app/id987' };
    expect(routeOf('ipadMobilePage', { ios: app })).toMatchObject({ url: app.ipadStoreUrl });
    expect(routeOf('ipadChromeAsMac', { ios: app })).toMatchObject({ url: app.ipadStoreUrl });
    expect(routeOf('macOrIpadSafari', { ios: app })).toMatchObject({
      storeUrl: app.ipadStoreUrl,
      fallback: DESKTOP,
    });
    expect(routeOf('iphoneSafari', { ios: app })).toMatchObject({ url: APP_STORE });
  });

  it('are offered what iPads get, when they say they are Macs; a Mac goes on to what Macs get', () => {
    expect(routeOf('macOrIpadSafari', { ios: IOS_WITH_SCHEME })).toEqual({
      via: 'page',
      fallback: DESKTOP,
      appUrl: 'shop://shop.example/p/1?a=b#c',
      storeUrl: APP_STORE,
      webUrl: WEB,
      opensByItself: false,
      withoutTouchUrl: DESKTOP,
    });
  });

  it('ignore a scheme that could run something, wherever it came from', () => {
    for (const customScheme of ['javascript', 'data', 'a b', 'x\n', '']) {
      expect(routeOf('iphoneSafari', { ios: { ...IOS, customScheme } })).toMatchObject({ via: 'store' });
    }
  });
});

describe('Android', () => {
  it('is asked to open the app, and knows where to go without it', () => {
    expect(routeOf('pixelChrome', { android: ANDROID })).toEqual({
      via: 'app',
      url: intentTo('https', PLAY_TOLD),
      fallback: PLAY_TOLD,
    });
    expect(routeOf('pixelChrome', { android: { ...ANDROID, customScheme: 'shop' } })).toMatchObject({
      url: intentTo('shop', PLAY_TOLD),
    });
  });

  it('hands campaign and click to the app that Google Play installs', () => {
    const campaign = { source: 'news & more', medium: '봄', campaign: 'c', term: 't', content: 'x' };
    const to = routeOf('pixelChrome', { android: ANDROID, campaign, routing: { gclid: 'G-1', at: 'no' } });
    if (to.via !== 'app') throw new Error(to.via);
    const fallback = new URL(parseIntent(to.url).extras.browser_fallback_url ?? '');
    expect([...fallback.searchParams.keys()]).toEqual(['id', 'referrer']);
    const referrer = new URLSearchParams(fallback.searchParams.get('referrer') ?? '');
    expect(Object.fromEntries(referrer)).toEqual({
      utm_source: 'news & more',
      utm_medium: '봄',
      utm_campaign: 'c',
      utm_term: 't',
      utm_content: 'x',
      gclid: 'G-1',
      click_id: 'c0ffee',
    });
  });

  it('hands on what the tapped URL and the deep link say of a campaign, where the link says nothing', () => {
    const told = (query: string, described: Omit<Described, 'ios' | 'android'> = {}) => {
      const deepLink = `https://shop.example/p/1?${query}#utm_source=no`;
      const to = route(
        deviceOf(USER_AGENTS.pixelChrome),
        { android: ANDROID, ...described },
        VISIT,
        deepLink,
      );
      const store = new URL('fallback' in to ? to.fallback : '');
      const { click_id, ...rest } = Object.fromEntries(
        new URLSearchParams(store.searchParams.get('referrer') ?? ''),
      );
      expect(click_id).toBe('c0ffee');
      return rest;
    };
    expect(told('a=b&utm_source=news+%26&gclid=G1&utm_source=two&utm_id=7&utm_term=&utm_medium')).toEqual({
      utm_source: 'news &',
      gclid: 'G1',
    });
    expect(
      told('utm_source=news&utm_medium=m&gclid=G1', {
        campaign: { source: 'own' },
        routing: { gclid: 'G-own' },
      }),
    ).toEqual({ utm_source: 'own', utm_medium: 'm', gclid: 'G-own' });
    expect(told('utm_source=%26click_id%3Dforged')).toEqual({ utm_source: '&click_id=forged' });
    expect(
      told(`utm_source=${'x'.repeat(501)}&utm_term=${'y'.repeat(400)}&gclid=${'z'.repeat(101)}`),
    ).toEqual({
      utm_term: 'y'.repeat(400),
    });
    expect(told('utm_source=%zz')).toEqual({ utm_source: '%zz' });
  });

  it('adds to a referrer that is there, and tells other stores nothing', () => {
    const fallbackOf = (storeUrl: string) => {
      const to = routeOf('pixelChrome', {
        android: { ...ANDROID, storeUrl },
        campaign: { source: 's', medium: 'm' },
      });
      return 'fallback' in to ? to.fallback : '';
    };
    expect(fallbackOf(`${PLAY}&referrer=utm_source%3Down&hl=ko#x`)).toBe(
      `${PLAY}&referrer=utm_source%3Down%26utm_medium%3Dm%26click_id%3Dc0ffee&hl=ko#x`,
    );
    expect(fallbackOf(`${PLAY}&referrer=`)).toBe(
      `${PLAY}&referrer=utm_source%3Ds%26utm_medium%3Dm%26click_id%3Dc0ffee`,
    );
    expect(fallbackOf('https://apps.example/shop?x=1')).toBe('https://apps.example/shop?x=1');
    expect(fallbackOf('https://play.google.com.example/x')).toBe('https://play.google.com.example/x');
  });

  it('is led past Google Play where there is none', () => {
    const none = routeOf('huaweiWithoutPlay', { android: ANDROID });
    expect(none).toEqual({ via: 'app', url: intentTo('https', WEB), fallback: WEB });
    expect(routeOf('huaweiWithoutPlay', { android: { ...ANDROID, storeUrl: PLAY } })).toEqual(none);
    const gallery = 'https://appgallery.huawei.com/app/C1';
    expect(routeOf('huaweiWithoutPlay', { android: { ...ANDROID, storeUrl: gallery } })).toMatchObject({
      fallback: gallery,
    });
    expect(routeOf('huaweiWithPlay', { android: ANDROID })).toMatchObject({ fallback: PLAY_TOLD });
  });

  it('gets a page in apps that do not say what they do with an intent, which opens by itself in those that do', () => {
    const page = {
      via: 'page',
      fallback: PLAY_TOLD,
      appUrl: intentTo('https', PLAY_TOLD),
      storeUrl: PLAY_TOLD,
      webUrl: WEB,
      withoutTouchUrl: null,
    };
    for (const name of ['androidFacebook', 'androidInstagram', 'androidWeChat', 'androidOtherApp'] as const) {
      expect(routeOf(name, { android: ANDROID })).toEqual({ ...page, opensByItself: false });
    }
    expect(routeOf('androidNaver', { android: ANDROID })).toEqual({ ...page, opensByItself: true });
    expect(routeOf('androidKakao', { android: ANDROID }, HAS_LEFT)).toEqual({ ...page, opensByItself: true });
  });

  it('never sees a page where redirects are forced', () => {
    const forced = { android: ANDROID, routing: { forceRedirect: true } } as const;
    expect(routeOf('pixelChrome', forced)).toMatchObject({ via: 'app' });
    expect(routeOf('androidNaver', forced)).toMatchObject({ via: 'app' });
    expect(routeOf('androidFacebook', forced)).toEqual({ via: 'store', url: PLAY_TOLD, fallback: PLAY_TOLD });
    expect(routeOf('androidKakao', forced)).toMatchObject({ via: 'browser' });
  });
});

describe('the way out of a chat app', () => {
  const SHORT = 'https://go.example/sale';

  it('is the same link, marked, in the words of that app', () => {
    expect(urlForOwnBrowser('line', SHORT, '')).toBe(`${SHORT}?openExternalBrowser=1`);
    expect(urlForOwnBrowser('line', SHORT, 'qr=1&a=%20')).toBe(`${SHORT}?qr=1&a=%20&openExternalBrowser=1`);
    expect(urlForOwnBrowser('kakaotalk', SHORT, 'a=1')).toBe(
      `kakaotalk://web/openExternal?url=${encodeURIComponent(`${SHORT}?a=1&openExternalBrowser=1`)}`,
    );
  });

  test('carries any query, fit for a header, and is never taken twice', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)) }),
        (query) => {
          for (const browser of ['line', 'kakaotalk'] as const) {
            const url = urlForOwnBrowser(browser, SHORT, query);
            expect(url).toMatch(/^[\x21-\x7e]+$/);
            const next = browser === 'line' ? url : (new URL(url).searchParams.get('url') ?? '');
            expect(new URL(next).origin + new URL(next).pathname).toBe(SHORT);
            expect(hasLeftApp(new URL(next).search.slice(1))).toBe(true);
          }
        },
      ),
    );
    expect(hasLeftApp('')).toBe(false);
    expect(hasLeftApp('x=openExternalBrowser=1')).toBe(false);
  });
});

describe('any link on any device', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      '/',
      '?',
      '#',
      '&',
      '=',
      ';',
      '%23',
      '%3B',
      '%',
      ';end',
      '#Intent;',
      'S.browser_fallback_url=x',
      'package=evil.app',
    ],
    ...['scheme=javascript', '"', "'", '<', 'component=a/b', '봄', '😀', 'SEL;', '@', '\\'],
  );
  const url = fc
    .array(piece, { maxLength: 12 })
    .map((pieces) => `https://example.com/${pieces.join('')}`)
    .filter((text) => httpUrlProblem(text) === undefined);
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const text = fc.string({
    unit: fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 1 })),
    maxLength: 6,
  });
  const words = text.filter((value) => value.isWellFormed());
  const app: fc.Arbitrary<OpenedApp> = fc.record({
    identifier: fc.constantFrom('com.example.shop', 'a.b', 'com.example;end', 'no package'),
    storeUrl: maybe(fc.oneof(url, fc.constantFrom(PLAY, `${PLAY}&referrer=x`, APP_STORE))),
    appStoreId: maybe(fc.constant('123')),
    minVersion: fc.constant(null),
    customScheme: maybe(
      fc.constantFrom('shop', 'com.example.shop', 'javascript', 'data', 'x;y', 'intent', '1a', ''),
    ),
    deepLink: fc.constant(null),
    ipadIdentifier: fc.constant(null),
    ipadStoreUrl: maybe(url),
  });
  const routing: fc.Arbitrary<AppRouting> = fc.record(
    { gclid: words, at: words, ct: words, mt: words, pt: words, forceRedirect: fc.constant(true as const) },
    { requiredKeys: [] },
  );
  const campaign = fc.record({ source: words, medium: words, content: words }, { requiredKeys: [] });
  const device: fc.Arbitrary<Device> = fc.oneof(
    fc.constantFrom(...Object.values(USER_AGENTS)).map(deviceOf),
    fc.record({
      platform: fc.constantFrom('ios' as const, 'android' as const),
      osVersion: fc.constant(''),
      isIpad: fc.boolean(),
      mayBeIpad: fc.constant(false),
      lacksGooglePlay: fc.boolean(),
      inApp: fc.constantFrom(null, ...IN_APP_BROWSERS),
    }),
    fc.constant({ ...UNKNOWN_DEVICE, mayBeIpad: true }),
  );
  const scene = fc.record({ ios: app, android: app, routing, campaign, device, deepLink: url });

  /** Everything a route could send somebody to. */
  const urlsOf = (to: AppRoute): string[] => {
    if (to.via === 'web') return [];
    if (to.via === 'page')
      return [to.appUrl, to.storeUrl, to.webUrl, to.withoutTouchUrl, to.fallback].filter(
        (some) => some !== null,
      );
    return to.via === 'browser' ? [to.fallback] : [to.url, to.fallback];
  };

  test('leads only where it may: web, intent, or a scheme of the app’s own', () => {
    fc.assert(
      fc.property(scene, fc.boolean(), ({ device, deepLink, ...described }, mayLeave) => {
        const to = route(device, described, { ...VISIT, clickId: 'c', mayLeave }, asciiUrl(deepLink));
        for (const url of urlsOf(to)) {
          expect(url).toMatch(/^[\x21-\x7e]+$/);
          expect(url).toMatch(/^(https?|intent|shop|com\.example\.shop):\/\//);
        }
        if ('fallback' in to) expect(to.fallback).toMatch(/^https?:\/\//);
        if (to.via === 'store') expect(to.url).toMatch(/^https?:\/\//);
        if (to.via === 'page') expect(described.routing.forceRedirect).toBeUndefined();
        if (to.via === 'page') expect(to.appUrl ?? to.storeUrl).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  test('what an intent says is the deep link, the package and the fallback, and nothing else', () => {
    let intents = 0;
    fc.assert(
      fc.property(scene, ({ device, deepLink, ...described }) => {
        const asked = asciiUrl(deepLink);
        const to = route(device, described, HAS_LEFT, asked);
        const intent = to.via === 'app' ? to.url : to.via === 'page' ? to.appUrl : null;
        if (!intent?.startsWith('intent:') || to.via === 'web') return;
        intents++;
        const { identifier, customScheme } = described.android;
        const isOwn = customScheme === 'shop' || customScheme === 'com.example.shop';
        expect(parseIntent(intent)).toEqual({
          data: isOwn ? asked.replace('https', customScheme) : asked,
          package: identifier,
          extras: { browser_fallback_url: to.fallback },
        });
      }),
      { numRuns: 2_000 },
    );
    expect(intents).toBeGreaterThan(100);
  });

  test('ends: the same device that comes back marked is not sent on to itself again', () => {
    fc.assert(
      fc.property(scene, ({ device, ...described }) => {
        if (route(device, described).via !== 'browser') return;
        const query = new URL(urlForOwnBrowser('line', 'https://go.example/x', '')).search.slice(1);
        const again = route(device, described, { ...VISIT, clickId: 'c', mayLeave: !hasLeftApp(query) });
        expect(again.via).not.toBe('browser');
      }),
    );
  });
});
