import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OpenedApp } from '../links/link-app.ts';
import { type LinkToOpen, openedLink } from './opened-link.ts';

const APP: OpenedApp = {
  identifier: 'com.example.app',
  storeUrl: 'https://apps.apple.com/app/id1',
  appStoreId: '1',
  minVersion: '2.0.0',
  customScheme: null,
  deepLink: null,
  ipadIdentifier: null,
  ipadStoreUrl: null,
};

const LINK: LinkToOpen = {
  id: 'lnk_1',
  code: 'summer',
  shortUrl: 'https://go.test/summer',
  destination: 'https://example.com/product/123?k=v&utm_source=mail',
  desktopDestination: null,
  campaign: { source: 'mail' },
  apps: { ios: APP, android: { ...APP, deepLink: 'https://m.example.com/p/123', minVersion: null } },
  appRouting: {},
  metadata: { tier: 'gold' },
};

test('an app learns where the link leads, with its campaign and what was added to the short URL', () => {
  expect(openedLink(LINK, 'ios', 'ref=friend&k=other&d=1&qr=1')).toEqual({
    id: 'lnk_1',
    code: 'summer',
    shortUrl: 'https://go.test/summer',
    deepLink: 'https://example.com/product/123?k=v&utm_source=mail&ref=friend',
    path: '/product/123',
    parameters: { k: 'v', utm_source: 'mail', ref: 'friend' },
    campaign: { source: 'mail' },
    minVersion: '2.0.0',
    storeUrl: 'https://apps.apple.com/app/id1',
    webUrl: 'https://example.com/product/123?k=v&utm_source=mail&ref=friend',
    customData: { tier: 'gold' },
  });
});

test('what a link says for one platform wins there, with the campaign', () => {
  const opened = openedLink(LINK, 'android', '');
  expect(opened.deepLink).toBe('https://m.example.com/p/123?utm_source=mail');
  expect(opened.webUrl).toBe(LINK.destination);
  expect(opened.minVersion).toBeNull();
});

test('the store is where a visit would lead, without a click', () => {
  const store = (apps: LinkToOpen['apps'], platform: 'ios' | 'android', link: Partial<LinkToOpen> = {}) =>
    openedLink({ ...LINK, ...link, apps }, platform, '').storeUrl;
  const ios = { ...APP, storeUrl: null, appStoreId: '123' };
  expect(store({ ios, android: null }, 'ios')).toBe('https://apps.apple.com/app/id123');
  expect(store({ ios, android: null }, 'ios', { appRouting: { at: 'x' } })).toBe(
    'https://apps.apple.com/app/id123?at=x',
  );
  expect(store({ ios: { ...ios, appStoreId: null }, android: null }, 'ios')).toBeNull();
  const android = { ...APP, storeUrl: null, appStoreId: null };
  const play = 'https://play.google.com/store/apps/details?id=com.example.app';
  expect(store({ ios: null, android }, 'android')).toBe(`${play}&referrer=utm_source%3Dmail`);
  expect(store({ ios: null, android }, 'android', { campaign: {}, destination: 'https://e.test/' })).toBe(
    play,
  );
  const own = 'https://store.example/app';
  expect(store({ ios: null, android: { ...android, storeUrl: own } }, 'android')).toBe(own);
});

test('a link without apps opens its destination', () => {
  const opened = openedLink({ ...LINK, apps: null }, 'other', '');
  expect(opened).toMatchObject({ deepLink: LINK.destination, minVersion: null, storeUrl: null });
});

test('campaign parameters that were added to the short URL reach the app', () => {
  const opened = openedLink(LINK, 'ios', 'utm_source=sms&utm_term=%ED%95%9C');
  expect(opened.campaign).toEqual({ source: 'mail', term: '한' });
});

test.each([
  ['https://example.com', '/'],
  ['https://example.com/%EC%83%81%ED%92%88/1', '/상품/1'],
  ['https://example.com/a%2Fb', '/a%2Fb'],
  ['https://example.com/%', '/%'],
])('the path of %s is %s', (destination, path) => {
  expect(openedLink({ ...LINK, destination }, 'other', '').path).toBe(path);
});

test('parameters are texts by name, whatever they are called', () => {
  const query = '__proto__=x&constructor=y&a=1&a=2&b&=c&%=%';
  const { parameters } = openedLink({ ...LINK, destination: `https://e.test/?${query}` }, 'other', '');
  expect(Object.entries(parameters)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['a', '2'],
    ['b', ''],
    ['%', '%'],
  ]);
});

test('whatever is added, the deep link stays on its host and fit for a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (query) => {
      const { deepLink, parameters } = openedLink(LINK, 'ios', query);
      expect(deepLink).toMatch(/^[\x21-\x7e]+$/);
      expect(new URL(deepLink).host).toBe('example.com');
      expect(parameters.k).toBe('v');
      for (const value of Object.values(parameters)) expect(typeof value).toBe('string');
    }),
  );
});

test('where no store has the app, the web is where desktops go, if the link says so', () => {
  const desktopDestination = 'https://example.com/get';
  const ios = { ...APP, storeUrl: null, appStoreId: null };
  const opened = (link: Partial<LinkToOpen>, platform: 'ios' | 'android' | 'other' = 'ios') =>
    openedLink({ ...LINK, apps: { ios, android: ios }, ...link }, platform, 'ref=friend');
  const appRouting = { desktopUrlWithoutStore: true } as const;
  const both = { desktopDestination, appRouting };
  const elsewhere = { storeUrl: null, webUrl: 'https://example.com/get?ref=friend' };
  const webUrl = `${LINK.destination}&ref=friend`;
  expect(opened(both)).toMatchObject(elsewhere);
  expect(opened({ ...both, apps: null })).toMatchObject(elsewhere);
  expect(opened(both).deepLink).toBe(webUrl);
  expect(opened(both, 'android')).toMatchObject({ storeUrl: expect.any(String), webUrl });
  expect(opened(both, 'other')).toMatchObject({ storeUrl: null, webUrl });
  expect(opened({ desktopDestination })).toMatchObject({ storeUrl: null, webUrl });
  expect(opened({ appRouting })).toMatchObject({ storeUrl: null, webUrl });
});
