import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KnownApp } from '../links/known-apps.ts';
import { isForeignStorePage, isStorePageOf } from './store-page.ts';

const app = (said: Partial<KnownApp>): KnownApp => ({
  platform: 'ios',
  identifier: 'com.example.app',
  storeUrl: null,
  appStoreId: null,
  customScheme: null,
  ...said,
});
const ANDROID = app({ platform: 'android' });
const IOS = app({ appStoreId: '123' });
const SAVED = [ANDROID, IOS];

test.each([
  'https://play.google.com/store/apps/details?id=com.example.app',
  'https://play.google.com/store/apps/details?hl=ko&id=com.example.app&referrer=x',
  'https://apps.apple.com/app/id123',
  'https://apps.apple.com/kr/app/%EC%98%88/id123?pt=1&ct=2',
  'https://itunes.apple.com/us/app/name/id123?mt=8',
  'https://geo.itunes.apple.com/app/id123/',
])('%s is the page of the saved app', (url) => {
  expect(isStorePageOf(url, SAVED)).toBe(true);
  expect(isForeignStorePage(url, SAVED)).toBe(false);
});

test.each([
  'https://play.google.com/store/apps/details?id=com.evil',
  'https://play.google.com/store/apps/details?id=com.example.app&id=com.evil',
  'https://play.google.com/store/apps/details?id=com.example.app.evil',
  'https://play.google.com/store/apps/developer?id=com.example.app',
  'https://play.google.com/store/apps/details/../../books?id=com.example.app',
  'https://apps.apple.com/app/id1234',
  'https://apps.apple.com/app/id999%2Fx/id123',
  'https://apps.apple.com/app/id999/id123/more',
  'https://apps.apple.com/app/id999?id=id123',
  'https://apps.apple.com/developer/id123',
])('%s is somebody else’s', (url) => {
  expect(isStorePageOf(url, SAVED)).toBe(false);
  expect(isForeignStorePage(url, SAVED)).toBe(true);
});

test('where nothing saved tells, nothing is foreign', () => {
  const page = 'https://apps.apple.com/app/id999';
  expect(isForeignStorePage(page, [])).toBe(false);
  expect(isForeignStorePage(page, [ANDROID])).toBe(false);
  expect(isForeignStorePage(page, [ANDROID, IOS, app({ identifier: 'com.other' })])).toBe(false);
  expect(isForeignStorePage('https://www.example.com/', SAVED)).toBe(false);
  expect(isStorePageOf('https://www.example.com/', SAVED)).toBe(false);
});

test('the URL that is saved is its page, whatever form it has, and tells the digits where it has the usual one', () => {
  const odd = 'https://itunes.apple.com/WebObjects/MZStore.woa/wa/viewSoftware?id=5';
  expect(isStorePageOf(odd, [app({ storeUrl: odd })])).toBe(true);
  expect(
    isStorePageOf('https://apps.apple.com/us/app/id7', [app({ storeUrl: 'https://apps.apple.com/app/id7' })]),
  ).toBe(true);
});

test('no URL in a store is both a page of the project and foreign', () => {
  const path = fc.array(
    fc.constantFrom('app', 'kr', 'id123', 'id9', 'store', 'apps', 'details', '%2f', '..', ''),
    {
      maxLength: 6,
    },
  );
  const host = fc.constantFrom('play.google.com', 'apps.apple.com', 'itunes.apple.com', 'example.com');
  const id = fc.constantFrom('', '?id=com.example.app', '?id=x', '?id=x&id=com.example.app');
  fc.assert(
    fc.property(host, path, id, (name, segments, query) => {
      const url = `https://${name}/${segments.join('/')}${query}`;
      expect(isStorePageOf(url, SAVED) && isForeignStorePage(url, SAVED)).toBe(false);
    }),
  );
});
