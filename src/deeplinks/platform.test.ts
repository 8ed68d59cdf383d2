import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { platformOf, type VisitorPlatform } from './platform.ts';

describe('platformOf', () => {
  it.each<[VisitorPlatform, what: string, userAgent: string | undefined]>([
    [
      'ios',
      'Safari on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    ],
    [
      'ios',
      'an iPad that says so',
      'Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1',
    ],
    [
      'ios',
      'an iPod touch',
      'Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
    ],
    [
      'ios',
      'Chrome on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1',
    ],
    [
      'ios',
      'KakaoTalk on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 25.7.0',
    ],
    [
      'ios',
      'Instagram on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 390.0.0.28.85 (iPhone14,5; iOS 18_5; ko_KR; ko; scale=3.00)',
    ],
    [
      'android',
      'Chrome on Android',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
    ],
    [
      'android',
      'an Android tablet',
      'Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    ],
    ['android', 'Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0'],
    [
      'android',
      'Samsung Internet',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    ],
    [
      'android',
      'Naver on Android',
      'Mozilla/5.0 (Linux; Android 15; SM-S931N Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Whale/1.0.0.0 Mobile Safari/537.36 NAVER(inapp; search; 2000; 12.14.5)',
    ],
    [
      'other',
      'Chrome on Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    ],
    [
      'other',
      'Safari on a Mac, or an iPad that asks for desktop pages',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    ],
    ['other', 'Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0'],
    [
      'other',
      'a Chromebook',
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    ],
    [
      'other',
      'Windows Phone, which says it is everything',
      'Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 like Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537',
    ],
    [
      'other',
      'KaiOS, which says it is Android',
      'Mozilla/5.0 (Mobile; LYF/F300B/LYF-F300B-001; Android; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
    ],
    ['other', 'curl', 'curl/8.5.0'],
    ['other', 'an app’s own HTTP library', 'okhttp/4.12.0'],
    ['other', 'a word that only contains a name', 'Mozilla/5.0 (X11) MyAndroidish/1.0 notiPhoneware'],
    ['other', 'nothing', ''],
    ['other', 'no header', undefined],
  ])('takes for %s: %s', (platform, _, userAgent) => {
    expect(platformOf(userAgent)).toBe(platform);
  });

  test('answers anything, and looks at a bounded part of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (userAgent) => {
        expect(['ios', 'android', 'other']).toContain(platformOf(userAgent));
      }),
    );
    expect(platformOf(`${'x'.repeat(1_000)} Android`)).toBe('other');
  });
});
