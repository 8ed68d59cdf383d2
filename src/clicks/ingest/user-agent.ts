import UAParser from 'ua-parser-js';
import { deviceOf } from '../../deeplinks/device.ts';
import type { VisitorPlatform } from '../../deeplinks/platform.ts';
import { memo } from './bounded-memo.ts';

/**
 * What the User-Agent tells of a visitor's device, in words from closed lists: whatever a visitor sends, statistics
 * get no value that is not here. No versions.
 *
 * @NOTE An iPad says that it is a Mac since iPadOS 13, and of Safari nobody can tell the two apart from the header: it is
 * a desktop here. What is led on as an iPad is counted as one.
 */
export interface Device {
  readonly device: DeviceKind;
  readonly os: OsName;
  readonly browser: BrowserName;
}

export const DEVICE_KINDS = [
  'desktop',
  'mobile',
  'tablet',
  'tv',
  'console',
  'wearable',
  'bot',
  'automated',
  'unknown',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Our name, and the library's names for it in lower case. Distributions are Linux. */
const SYSTEMS = {
  Android: ['android', 'android-x86'],
  iOS: ['ios'],
  Windows: ['windows', 'windows phone', 'windows mobile', 'windows iot'],
  macOS: ['mac os'],
  Linux: [
    'linux',
    'gnu',
    'ubuntu',
    'kubuntu',
    'xubuntu',
    'lubuntu',
    'debian',
    'fedora',
    'suse',
    'opensuse',
    'gentoo',
    'arch',
    'centos',
    'mint',
    'manjaro',
    'raspbian',
    'deepin',
    'slackware',
    'mageia',
  ],
  ChromeOS: ['chromium os'],
  HarmonyOS: ['harmonyos', 'openharmony'],
  Tizen: ['tizen'],
  webOS: ['webos'],
  KaiOS: ['kaios'],
  PlayStation: ['playstation'],
  Xbox: ['xbox'],
  Nintendo: ['nintendo'],
  BSD: ['freebsd', 'openbsd', 'netbsd'],
} as const satisfies Record<string, readonly string[]>;

const BROWSERS = {
  Chrome: ['chrome', 'chrome headless', 'chromium', 'oculus browser'],
  Safari: ['safari', 'mobile safari'],
  Firefox: ['firefox', 'firefox focus', 'firefox reality', 'klar', 'fennec'],
  Edge: ['edge'],
  Opera: ['opera', 'opera mini', 'opera mobi', 'opera tablet', 'opera touch', 'opera coast', 'opera gx'],
  'Samsung Internet': ['samsung internet'],
  Whale: ['whale'],
  'Internet Explorer': ['ie', 'iemobile'],
  'Android Browser': ['android browser'],
  'UC Browser': ['ucbrowser'],
  'MIUI Browser': ['miui browser'],
  'Huawei Browser': ['huawei browser'],
  'Vivo Browser': ['vivo browser'],
  Brave: ['brave'],
  Vivaldi: ['vivaldi'],
  Yandex: ['yandex'],
  DuckDuckGo: ['duckduckgo'],
  Silk: ['silk'],
  'QQ Browser': ['qqbrowser', 'qqbrowserlite'],
  Baidu: ['baidu'],
  KakaoTalk: ['kakaotalk'],
  KakaoStory: ['kakaostory'],
  NAVER: ['naver'],
  Daum: ['daum'],
  Band: ['band'],
  Line: ['line'],
  Instagram: ['instagram'],
  Threads: ['threads'],
  Facebook: ['facebook'],
  Messenger: ['messenger'],
  WeChat: ['wechat'],
  Weibo: ['weibo'],
  Alipay: ['alipay'],
  TikTok: ['tiktok'],
  Snapchat: ['snapchat'],
  X: ['twitter'],
  LinkedIn: ['linkedin'],
  'Google app': ['gsa'],
  'In-app browser': ['chrome webview', 'webkit'],
} as const satisfies Record<string, readonly string[]>;

/** Empty when unknown. */
export type OsName = keyof typeof SYSTEMS | '';
export type BrowserName = keyof typeof BROWSERS | '';

const OS_BY_NAME = byName<Exclude<OsName, ''>>(SYSTEMS);
const BROWSER_BY_NAME = byName<Exclude<BrowserName, ''>>(BROWSERS);

/** Names that statistics may show: the closed lists themselves. */
export const OS_NAMES: readonly OsName[] = [...new Set(OS_BY_NAME.values())];
export const BROWSER_NAMES: readonly BrowserName[] = [...new Set(BROWSER_BY_NAME.values())];

/** In-app browsers that the library takes for what is under them, or for another app of the same house. */
const OTHER_APPS: readonly (readonly [BrowserName, RegExp])[] = [
  ['Threads', /\bBarcelona \d/],
  ['Messenger', /\bFB_IAB\/Orca|\bFBAN\/Messenger/],
  ['Band', /\bBAND\/\d/],
];

const KIND_BY_TYPE: Readonly<Record<string, DeviceKind>> = {
  mobile: 'mobile',
  tablet: 'tablet',
  smarttv: 'tv',
  console: 'console',
  wearable: 'wearable',
};

const ON_A_DESK: ReadonlySet<OsName> = new Set(['Windows', 'macOS', 'Linux', 'ChromeOS', 'BSD']);
const OF_APPLE: ReadonlySet<OsName> = new Set(['iOS', 'macOS']);

/** Some 0.5 kB each. */
const REMEMBERED = 10_000;

/**
 * Never throws. A new User-Agent costs some 20 µs, one that is remembered a lookup; of 512 characters of nonsense the
 * worst of eight thousand cost 0.6 ms (ADR 25).
 */
export const readUserAgent: (userAgent: string) => Device = memo(REMEMBERED, parse);

/** `readUserAgent` without its memory. */
export function parse(userAgent: string): Device {
  // Without a text the library would look for one in the global scope.
  if (userAgent === '') return { device: 'unknown', os: '', browser: '' };
  const parser = new UAParser(userAgent);
  const { platform, isIpad } = deviceOf(userAgent);
  const os = systemOf(platform, OS_BY_NAME.get(parser.getOS().name?.toLowerCase() ?? '') ?? '', userAgent);
  return {
    device: isIpad ? 'tablet' : kindOf(parser.getDevice().type, os),
    os,
    browser: browserOf(userAgent, parser.getBrowser().name, os),
  };
}

/** Who is led on as iOS or Android is counted as that, and nobody else; of others the library knows more. */
function systemOf(platform: VisitorPlatform, os: OsName, userAgent: string): OsName {
  if (platform === 'ios') return 'iOS';
  if (platform === 'android') return 'Android';
  if (os !== 'iOS' && os !== 'Android') return os;
  return /\bKAIOS\b/.test(userAgent) ? 'KaiOS' : '';
}

function kindOf(type: string | undefined, os: OsName): DeviceKind {
  // Nobody has made a phone with it since 2011; the library thinks of those.
  if (os === 'webOS') return 'tv';
  if (type !== undefined) return KIND_BY_TYPE[type] ?? 'unknown';
  return ON_A_DESK.has(os) ? 'desktop' : 'unknown';
}

function browserOf(userAgent: string, name: string | undefined, os: OsName): BrowserName {
  const app = OTHER_APPS.find(([, pattern]) => pattern.test(userAgent));
  if (app) return app[0];
  const browser = BROWSER_BY_NAME.get(name?.toLowerCase() ?? '') ?? '';
  // Everybody's browser calls itself Safari or WebKit; on a television or a console that says nothing.
  const saysLittle = browser === 'Safari' || name === 'WebKit';
  return saysLittle && !OF_APPLE.has(os) ? '' : browser;
}

function byName<T extends string>(names: Readonly<Record<T, readonly string[]>>): ReadonlyMap<string, T> {
  const entries = Object.entries(names) as [T, readonly string[]][];
  return new Map(entries.flatMap(([ours, theirs]) => theirs.map((name) => [name, ours] as const)));
}
