import type { InAppBrowser } from '../deeplinks/device.ts';
import { NO_CLICK_ID } from './click-id.ts';
import type { Visit, VisitorClass } from './visit.ts';
import { hasQrMark, SCAN_MARK } from './visit-request.ts';
import { visitorOf } from './visitor-class.ts';

export const DESCRIBED_DEVICES = [
  ...['iphone', 'ipad', 'ipadDesktop', 'android', 'androidTablet', 'huawei'],
  ...['windows', 'mac', 'linux'],
] as const;
export type DescribedDevice = (typeof DESCRIBED_DEVICES)[number];

export const DESCRIBED_VISITORS = [
  'person',
  'automated',
  'unfurler',
  'crawler',
] as const satisfies readonly VisitorClass[];

/** A visitor as somebody describes one: by its device, or by the words its browser would use. */
export interface DescribedVisit {
  readonly visitor?: VisitorClass | undefined;
  readonly device?: DescribedDevice | undefined;
  readonly inApp?: InAppBrowser | undefined;
  /** Instead of all of the above. */
  readonly userAgent?: string | undefined;
  /** POST enters the password with this visit. */
  readonly method?: Visit['method'] | undefined;
  /** The right one. */
  readonly passwordGiven?: boolean | undefined;
  readonly prefetch?: boolean | undefined;
  /** As a picture or a frame in a page. */
  readonly embedded?: boolean | undefined;
  readonly qr?: boolean | undefined;
  /** Without `?`. */
  readonly query?: string | undefined;
}

const IOS = '(KHTML, like Gecko)';
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${IOS}`;
const IPAD = `Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${IOS}`;
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const SAFARI = 'Version/18.5 Mobile/15E148 Safari/604.1';
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';

/** What the browsers that come with these devices say. */
const USER_AGENTS: { readonly [D in DescribedDevice]: string } = {
  iphone: `${IPHONE} ${SAFARI}`,
  ipad: `${IPAD} ${SAFARI}`,
  // An iPad that asks for desktop pages, as they do by themselves.
  ipadDesktop: `${MAC} AppleWebKit/605.1.15 ${IOS} Version/18.5 Safari/605.1.15`,
  android: `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${CHROME} Mobile Safari/537.36`,
  androidTablet: `Mozilla/5.0 (Linux; Android 15; SM-X910) ${CHROME} Safari/537.36`,
  huawei:
    'Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00; HMSCore 6.13.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36',
  windows: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`,
  mac: `${MAC} ${CHROME} Safari/537.36`,
  linux: `Mozilla/5.0 (X11; Linux x86_64) ${CHROME} Safari/537.36`,
};

/** What the browser inside an app adds to the words of its system. */
const ADDED_IN_APP: { readonly [B in InAppBrowser]: { readonly ios: string; readonly android: string } } = {
  kakaotalk: { ios: 'Mobile/15E148 KAKAOTALK 25.5.0', android: 'KAKAOTALK/25.5.0 (INAPP)' },
  naver: {
    ios: 'Mobile/15E148 NAVER(inapp; search; 1200; 12.12.10; 16)',
    android: 'NAVER(inapp; search; 1200; 12.12.10)',
  },
  line: { ios: 'Mobile/15E148 Safari Line/15.8.0', android: 'Line/15.8.0/IAB' },
  instagram: {
    ios: 'Mobile/15E148 Instagram 380.0.0.28.109 (iPhone16,1; iOS 18_5; en_US; en; scale=3.00; 1179x2556)',
    android:
      'Instagram 380.0.0.38.109 Android (35/15; 420dpi; 1080x2424; Google/google; Pixel 9; tokay; tokay; en_US)',
  },
  facebook: {
    ios: 'Mobile/15E148 [FBAN/FBIOS;FBAV/515.0.0.41.101;FBDV/iPhone16,1;FBSN/iOS;FBSV/18.5]',
    android: '[FB_IAB/FB4A;FBAV/515.0.0.41.101;]',
  },
  tiktok: {
    ios: 'Mobile/15E148 musical_ly_39.8.0 JsSdk/2.0 NetType/WIFI Channel/App Store BytedanceWebview/d8a21c6',
    android: 'musical_ly_2023908030 JsSdk/1.0 NetType/WIFI AppVersion/39.8.3 BytedanceWebview/d8a21c6',
  },
  x: { ios: 'Mobile/15E148 Twitter for iPhone/11.5', android: 'TwitterAndroid' },
  wechat: {
    ios: 'Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/en',
    android: 'MicroMessenger/8.0.60.2860(0x28003C3D) WeChat/arm64 NetType/WIFI Language/en ABI/arm64',
  },
  other: { ios: 'Mobile/15E148', android: '' },
};

/** What programs of each kind say. */
const PROGRAMS: { readonly [V in Exclude<VisitorClass, 'person'>]: string } = {
  automated: 'curl/8.11.0',
  unfurler: 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  crawler: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
};

const IN_APP_DEVICES: ReadonlySet<string> = new Set<DescribedDevice>([
  'iphone',
  'ipad',
  'android',
  'androidTablet',
  'huawei',
]);

interface DescriptionProblem {
  readonly field: keyof DescribedVisit;
  readonly message: string;
}

/** What contradicts itself in a description, field by field. */
export function descriptionProblems(described: DescribedVisit): DescriptionProblem[] {
  const { method, passwordGiven, qr, query = '' } = described;
  const problems = visitorProblems(described);
  if (method === 'POST' && !passwordGiven) {
    problems.push({ field: 'method', message: 'POST enters the password; say passwordGiven: true, too' });
  }
  if (qr === false && hasQrMark(query)) {
    problems.push({ field: 'qr', message: 'is told by the query; leave it out, or the mark of the scan' });
  }
  return problems;
}

function visitorProblems(described: DescribedVisit): DescriptionProblem[] {
  const { visitor = 'person', device, inApp, userAgent } = described;
  if (userAgent !== undefined) {
    const others = (['visitor', 'device', 'inApp'] as const).filter((name) => described[name] !== undefined);
    return others.map((field) => ({ field, message: 'is told by the userAgent; leave one of the two out' }));
  }
  if (visitor !== 'person') {
    const others = (['device', 'inApp'] as const).filter((name) => described[name] !== undefined);
    return others.map((field) => ({
      field,
      message: 'is for persons; leave it out, or say visitor: person',
    }));
  }
  if (inApp !== undefined && !IN_APP_DEVICES.has(device ?? '')) {
    const devices = [...IN_APP_DEVICES].join(', ');
    return [{ field: 'inApp', message: `needs a device that has such apps: ${devices}` }];
  }
  return [];
}

/** The words of such a visitor; `windows` when nothing is said. */
export function userAgentOf({
  visitor = 'person',
  device = 'windows',
  inApp,
  userAgent,
}: DescribedVisit): string {
  if (userAgent !== undefined) return userAgent;
  if (visitor !== 'person') return PROGRAMS[visitor];
  const plain = USER_AGENTS[device];
  if (inApp === undefined) return plain;
  if (device === 'iphone' || device === 'ipad') {
    return `${device === 'ipad' ? IPAD : IPHONE} ${ADDED_IN_APP[inApp].ios}`;
  }
  // A WebView says so, and which version of the system's browser it is made of.
  const webView = plain.replace(/(Android [^)]*)\)/, '$1; wv)').replace('Chrome/', 'Version/4.0 Chrome/');
  return `${webView} ${ADDED_IN_APP[inApp].android}`.trimEnd();
}

/** The query with which such a visitor comes, without `?`: after what stands in the URL already, a scan with its mark. */
export function visitedQuery({ query, qr }: DescribedVisit, ofUrl = ''): string {
  const whole = [ofUrl, query].filter(Boolean).join('&');
  return qr && !hasQrMark(whole) ? [whole, SCAN_MARK].filter(Boolean).join('&') : whole;
}

/** The visit of such a visitor, told from its words as every visit is. It has unlocked nothing. */
export function describedVisit(described: DescribedVisit): Visit & { readonly userAgent: string } {
  const { method = 'GET', prefetch = false, embedded = false } = described;
  const query = visitedQuery(described);
  const userAgent = userAgentOf(described);
  return {
    method,
    ...visitorOf(userAgent),
    prefetch,
    document: !embedded,
    qr: hasQrMark(query),
    query,
    clickId: NO_CLICK_ID,
    unlocked: null,
    slotsTaken: 0,
    leadsHere: () => false,
    userAgent,
  };
}
