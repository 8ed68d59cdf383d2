import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { traitsOfApp, traitsOfVisit } from './click-traits.ts';

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPHONE_17 = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) ${WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1`;
const IPHONE_26 = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1`;
const IPHONE_18 = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`;
const WEB_VIEW = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) ${WEBKIT} Mobile/15E148 KAKAOTALK 11.0.0`;
const CHROME =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const SAMSUNG =
  'Mozilla/5.0 (Linux; Android 14; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36';

describe('what a visit tells', () => {
  it.each([
    [IPHONE_17, 'ios', '17.5'],
    [IPHONE_18, 'ios', '18.6'],
    [IPHONE_26, 'ios', '26.1'],
    [WEB_VIEW, 'ios', ''],
    [CHROME, 'android', ''],
    [SAMSUNG, 'android', '14.0'],
    ['curl/8.5.0', null, ''],
    ['', null, ''],
  ])('%s', (userAgent, platform, osVersion) => {
    expect(traitsOfVisit(userAgent, 'ko-KR,ko;q=0.9')).toEqual({ platform, osVersion, language: 'ko-kr' });
  });

  it.each([
    ['ko_KR', 'ko-kr'],
    ['en', 'en'],
    ['zh-Hant-TW;q=1.0, en;q=0.9', 'zh-hant-tw'],
    ['*', ''],
    ['', ''],
    ['<script>', ''],
  ])('the language of "%s" is "%s"', (header, language) => {
    expect(traitsOfVisit(IPHONE_17, header).language).toBe(language);
  });
});

test.each([
  ['17.5.1', '17.5'],
  ['iOS 17.5', '17.5'],
  ['14', '14.0'],
  ['Version 18.0 (Build 22A3354)', '18.0'],
  ['', ''],
  ['unknown', ''],
  ['1234', ''],
])('an app on "%s" is on "%s"', (said, osVersion) => {
  expect(traitsOfApp(said, 'KO').osVersion).toBe(osVersion);
});

test('whatever is said, traits are short and plain', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      (one, other) => {
        for (const { osVersion, language } of [traitsOfApp(one, other), traitsOfVisit(one, other)]) {
          expect(osVersion).toMatch(/^(?:\d{1,3}\.\d{1,3})?$/);
          expect(language).toMatch(/^[a-z0-9-]{0,35}$/);
        }
      },
    ),
  );
});
