import { platformOf, type VisitorPlatform } from './platform.ts';

/** Apps that show web pages in a browser of their own, in which links into other apps work differently or not at all. */
export const IN_APP_BROWSERS = [
  'kakaotalk',
  'naver',
  'line',
  'instagram',
  'facebook',
  'tiktok',
  'x',
  'wechat',
  'other',
] as const;
export type InAppBrowser = (typeof IN_APP_BROWSERS)[number];

/** What a visitor's device and browser can open, as far as the User-Agent tells. */
export interface Device {
  /** Which apps it can run. */
  readonly platform: VisitorPlatform;
  /** Version of the operating system, such as `18.5`; empty when unknown. */
  readonly osVersion: string;
  readonly isIpad: boolean;
  /** Says that it is a Mac and may be an iPad: only a script on a page could tell. */
  readonly mayBeIpad: boolean;
  /** Comes without Google Play (newer Huawei phones). */
  readonly lacksGooglePlay: boolean;
  readonly inApp: InAppBrowser | null;
}

export const UNKNOWN_DEVICE: Device = {
  platform: 'other',
  osVersion: '',
  isIpad: false,
  mayBeIpad: false,
  lacksGooglePlay: false,
  inApp: null,
};

const LONGEST_LOOKED_AT = 1_000;

/** By what they add to the User-Agent of the system's web view; the first that fits. */
const IN_APP_NAMES: readonly (readonly [InAppBrowser, RegExp])[] = [
  ['kakaotalk', /\bKAKAOTALK\b/i],
  ['naver', /\bNAVER\(inapp/],
  ['line', /\bLine\/\d/],
  ['instagram', /\bInstagram\b/],
  ['facebook', /\bFB(?:AN|AV|_IAB)\b/],
  ['tiktok', /\bmusical_ly|\bBytedanceWebview\/|\btrill_|\bTikTok\b/],
  ['x', /\bTwitter for (?:iPhone|iPad|Android)\b|\bTwitterAndroid\b/],
  ['wechat', /\bMicroMessenger\//],
  ['other', /; wv\)|\b(?:LinkedInApp|Snapchat|DaumApps|KAKAOSTORY)\b/],
  // Its servers fetch pages for it to save data, and what they are sent to must be a page.
  ['other', /\bOpera Mini\/|\bOPR\/[\d.]+ Mini\b/],
];

/** Their Mac versions have no browser of their own: whoever says to be a Mac as well is an iPad. */
const NEVER_ON_A_MAC = new Set<InAppBrowser | null>([
  'kakaotalk',
  'naver',
  'instagram',
  'facebook',
  'tiktok',
  'x',
]);

/** Browsers of iOS, which nobody has on a Mac; `Mobile/` is what Safari and web views say there. */
const IPAD_THAT_SAYS_MAC = /\b(?:CriOS|FxiOS|EdgiOS|OPiOS|OPT|GSA|Mobile)\/|\biPad/;
/** Only Safari and web views of the system can be those of an iPad. */
const MAC_AND_NO_IPAD = /\b(?:Chrome|Chromium|HeadlessChrome|Firefox|Electron|MacWechat)\//;

/** HarmonyOS and the phones that have Huawei's services instead of Google's; those with both name both. */
const HUAWEI = /\b(?:HMSCore|HuaweiBrowser|HarmonyOS|OpenHarmony)\b/;
const GOOGLE_SERVICES = /\bGMSCore\b/;

/**
 * Told from the User-Agent alone, so it is as true as that. A browser may say what it likes; what it gets wrong ends at
 * a place where the visitor can still choose (a store's page, the web).
 */
export function deviceOf(userAgent: string | undefined): Device {
  if (userAgent === undefined) return UNKNOWN_DEVICE;
  const text = userAgent.slice(0, LONGEST_LOOKED_AT);
  const platform = platformOf(text);
  const inApp = IN_APP_NAMES.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  switch (platform) {
    case 'ios':
      return {
        ...UNKNOWN_DEVICE,
        platform,
        osVersion: iosVersion(text),
        isIpad: /\biPad\b/.test(text),
        inApp: inApp ?? (/\bSafari\//.test(text) ? null : 'other'),
      };
    case 'android':
      return {
        ...UNKNOWN_DEVICE,
        platform,
        osVersion: androidVersion(text),
        lacksGooglePlay: HUAWEI.test(text) && !GOOGLE_SERVICES.test(text),
        inApp,
      };
    default:
      return /\bMacintosh\b/.test(text) ? macOrIpad(text, inApp) : { ...UNKNOWN_DEVICE, inApp };
  }
}

/** An iPad asks for desktop pages since iPadOS 13, and then says that it is a Mac. */
function macOrIpad(text: string, inApp: InAppBrowser | null): Device {
  if (IPAD_THAT_SAYS_MAC.test(text) || NEVER_ON_A_MAC.has(inApp)) {
    const shown = inApp ?? (/\bSafari\//.test(text) ? null : 'other');
    return { ...UNKNOWN_DEVICE, platform: 'ios', isIpad: true, inApp: shown };
  }
  const mayBeIpad = /\bAppleWebKit\//.test(text) && !MAC_AND_NO_IPAD.test(text);
  return { ...UNKNOWN_DEVICE, mayBeIpad, inApp };
}

/** Since version 26 Safari says 18 for the system for ever; its own version is that of the system. */
function iosVersion(text: string): string {
  const safari = /\bVersion\/((\d+)(?:\.\d+)*)/.exec(text);
  if (safari && Number(safari[2]) >= 26) return safari[1] ?? '';
  return /\bOS (\d+(?:_\d+)*) like Mac OS X/.exec(text)?.[1]?.replaceAll('_', '.') ?? '';
}

/** `Android 10; K` is what Chrome says on every phone (User-Agent reduction). */
function androidVersion(text: string): string {
  return /\bAndroid (?!10; K\))(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '';
}
