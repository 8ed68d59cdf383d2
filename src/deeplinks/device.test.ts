import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Device, deviceOf, IN_APP_BROWSERS, UNKNOWN_DEVICE } from './device.ts';
import { USER_AGENTS, type UserAgentName } from './testing/user-agents.ts';

const ios = (osVersion: string, more: Partial<Device> = {}) => ({
  platform: 'ios' as const,
  osVersion,
  ...more,
});
const ipad = (osVersion: string, more: Partial<Device> = {}) => ios(osVersion, { isIpad: true, ...more });
const android = (osVersion: string, more: Partial<Device> = {}) => ({
  platform: 'android' as const,
  osVersion,
  ...more,
});
const HUAWEI = { lacksGooglePlay: true };
const MAC_OR_IPAD = { mayBeIpad: true };
const DESKTOP = {};

/** What each differs in from a device nobody knows anything about. */
const EXPECTED: Readonly<Record<UserAgentName, Partial<Device>>> = {
  iphoneSafari: ios('18.5'),
  iphoneSafari26: ios('26.0'),
  iphoneOld: ios('9.3.5'),
  iphoneChrome: ios('18.5'),
  iphoneFirefox: ios('18.5'),
  iphoneEdge: ios('18.5'),
  iphoneOpera: ios('18.5'),
  iphoneDuckDuckGo: ios('18.5'),
  iphoneGoogleApp: ios('18.5'),
  ipod: ios('12.5.7'),
  iphoneKakao: ios('18.5', { inApp: 'kakaotalk' }),
  iphoneKakaoOld: ios('18.5', { inApp: 'kakaotalk' }),
  iphoneNaver: ios('18.5', { inApp: 'naver' }),
  iphoneLine: ios('18.5', { inApp: 'line' }),
  iphoneInstagram: ios('18.5', { inApp: 'instagram' }),
  iphoneFacebook: ios('18.5', { inApp: 'facebook' }),
  iphoneMessenger: ios('18.5', { inApp: 'facebook' }),
  iphoneTikTok: ios('18.5', { inApp: 'tiktok' }),
  iphoneX: ios('18.5', { inApp: 'x' }),
  iphoneWeChat: ios('18.5', { inApp: 'wechat' }),
  iphoneLinkedIn: ios('18.5', { inApp: 'other' }),
  iphoneSnapchat: ios('18.5', { inApp: 'other' }),
  iphoneDaum: ios('18.5', { inApp: 'other' }),
  iphoneOtherApp: ios('18.5', { inApp: 'other' }),
  ipadOld: ipad('12.2'),
  ipadMobilePage: ipad('17.6'),
  ipadChrome: ipad('17.6'),
  ipadChromeAsMac: ipad(''),
  ipadFirefoxAsMac: ipad(''),
  ipadEdgeAsMac: ipad(''),
  ipadKakaoAsMac: ipad('', { inApp: 'kakaotalk' }),
  ipadFacebook: ipad('17.6', { inApp: 'facebook' }),
  ipadInstagramAsMac: ipad('', { inApp: 'instagram' }),
  macOrIpadSafari: MAC_OR_IPAD,
  macOrIpadSafari26: MAC_OR_IPAD,
  macOrIpadWebView: MAC_OR_IPAD,
  macOrIpadDuckDuckGo: MAC_OR_IPAD,
  androidChrome: android(''),
  pixelChrome: android('15'),
  androidTablet: android('14'),
  androidFirefox: android('15'),
  samsungInternet: android(''),
  androidEdge: android(''),
  androidOpera: android(''),
  androidOperaMini: android('', { inApp: 'other' }),
  androidOperaMiniNew: android('13', { inApp: 'other' }),
  androidWhale: android('14'),
  miuiBrowser: android('13'),
  androidOld: android('4.4.2'),
  androidKakao: android('15', { inApp: 'kakaotalk' }),
  androidNaver: android('15', { inApp: 'naver' }),
  androidLine: android('15', { inApp: 'line' }),
  androidInstagram: android('15', { inApp: 'instagram' }),
  androidFacebook: android('15', { inApp: 'facebook' }),
  androidMessenger: android('15', { inApp: 'facebook' }),
  androidTikTok: android('15', { inApp: 'tiktok' }),
  androidX: android('15', { inApp: 'x' }),
  androidWeChat: android('15', { inApp: 'wechat' }),
  androidOtherApp: android('15', { inApp: 'other' }),
  androidDaum: android('15', { inApp: 'other' }),
  huaweiWithoutPlay: android('10', HUAWEI),
  huaweiWithPlay: android('10'),
  harmonyOs: android('12', HUAWEI),
  harmonyNext: DESKTOP,
  windowsChrome: DESKTOP,
  macChrome: DESKTOP,
  macEdge: DESKTOP,
  macFirefox: DESKTOP,
  macWeChat: { inApp: 'wechat' },
  linuxFirefox: DESKTOP,
  chromebook: DESKTOP,
  windowsWeChat: { inApp: 'wechat' },
  windowsPhone: DESKTOP,
  kaiOs: DESKTOP,
  curl: DESKTOP,
  okhttp: DESKTOP,
};

describe('deviceOf', () => {
  it.each(Object.entries(EXPECTED))('knows %s', (name, expected) => {
    expect(deviceOf(USER_AGENTS[name as UserAgentName])).toEqual({ ...UNKNOWN_DEVICE, ...expected });
  });

  it('has seen every kind of in-app browser', () => {
    const seen = new Set(Object.values(USER_AGENTS).map((userAgent) => deviceOf(userAgent).inApp));
    expect([...seen].filter((inApp) => inApp !== null).sort()).toEqual([...IN_APP_BROWSERS].sort());
  });

  it('knows nothing of nobody', () => {
    for (const userAgent of [undefined, '']) expect(deviceOf(userAgent)).toEqual(UNKNOWN_DEVICE);
  });

  test('answers anything in time that its length bounds, and never contradicts itself', () => {
    const pieces = fc.constantFrom(
      ...[
        'Mozilla/5.0 ',
        '(iPhone; ',
        'CPU iPhone OS 18_5 like Mac OS X)',
        '(Macintosh; ',
        'Android 15; ',
        '; wv)',
      ],
      ...[
        ' AppleWebKit/605',
        ' Version/26.',
        ' Safari/604.1',
        ' Mobile/1',
        ' KAKAOTALK',
        ' Line/1',
        ' HMSCore',
        '1.',
      ],
    );
    const userAgent = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 400 }).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(userAgent, (userAgent) => {
        const device = deviceOf(userAgent);
        if (device.isIpad) expect(device).toMatchObject({ platform: 'ios', mayBeIpad: false });
        if (device.mayBeIpad) expect(device).toMatchObject({ platform: 'other', isIpad: false });
        if (device.lacksGooglePlay) expect(device.platform).toBe('android');
        if (device.platform === 'other') expect(device.osVersion).toBe('');
        expect(device.osVersion).toMatch(/^(\d+(\.\d+)*)?$/);
      }),
    );
    const startedAt = performance.now();
    deviceOf(`Mozilla/5.0 (iPhone; OS ${'1_'.repeat(500_000)}`);
    deviceOf(`Mozilla/5.0 Version/${'1.'.repeat(500_000)}`);
    // Some milliseconds; a pattern that goes back over what it has read takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
