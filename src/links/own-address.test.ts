import { expect, test } from 'vitest';
import { ownAddressProblems } from './own-address.ts';
import { testDomain } from './testing/test-domain.ts';

const domain = (host: string, pathPrefix = '') =>
  testDomain({ host, pathPrefix, projectId: 7, isDefault: false });
const ROOT = domain('go.example.com');
const SHARE = domain('go.example.com', 'share');

test.each([
  ['https://go.example.com/sale', ROOT, 'sale'],
  ['http://GO.example.com./sale/', ROOT, 'sale'],
  ['https://go.example.com:443/s%61le?a=1#b', ROOT, 'sale'],
  ['https://go.example.com/sale?d=1', ROOT, 'sale'],
  ['https://go.example.com/%E1%84%87%E1%85%A9%E1%86%B7', ROOT, '봄'],
  ['https://go.example.com/share/sale', SHARE, 'sale'],
  ['http://go.example.com:8080/sale', domain('go.example.com:8080'), 'sale'],
])('%s is the link itself', (url, on, code) => {
  const described = { identifier: 'com.example.shop', storeUrl: url };
  const apps = { ios: { ...described, ipadStoreUrl: url }, android: described };
  expect(
    ownAddressProblems(
      { destination: url, desktopUrl: url, apps, settings: { expiredUrl: url } },
      on,
      code,
      'links[3].',
    ).map(({ field }) => field),
  ).toEqual([
    'links[3].destination',
    'links[3].desktopUrl',
    'links[3].apps.ios.storeUrl',
    'links[3].apps.ios.ipadStoreUrl',
    'links[3].apps.android.storeUrl',
    'links[3].settings.expiredUrl',
  ]);
});

test.each([
  ['https://go.example.com/Sale', ROOT, 'sale'],
  ['https://go.example.com/sales', ROOT, 'sale'],
  ['https://go.example.com/sale/qr', ROOT, 'sale'],
  ['https://go.example.com/share/sale', ROOT, 'sale'],
  ['https://go.example.com/sale', SHARE, 'sale'],
  ['https://go.example.com:8443/sale', ROOT, 'sale'],
  ['https://elsewhere.example/sale', ROOT, 'sale'],
])('%s is another place', (url, on, code) => {
  expect(
    ownAddressProblems({ destination: url, desktopUrl: null, settings: { expiredUrl: url } }, on, code),
  ).toEqual([]);
});

test('what an input does not say is not looked at', () => {
  expect(ownAddressProblems({}, ROOT, 'sale')).toEqual([]);
  for (const expiredUrl of [false, null, undefined])
    expect(ownAddressProblems({ settings: { expiredUrl } }, ROOT, 'sale')).toEqual([]);
  expect(ownAddressProblems({ apps: { ios: { savedAppId: 'x' }, android: null } }, ROOT, 'sale')).toEqual([]);
});
