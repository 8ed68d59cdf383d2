/** User-Agents as they come, with the versions that are about at one time, and how often. */
export interface GeneratedAgent {
  readonly userAgent: string;
  readonly weight: number;
}

const CHROME = [149, 150, 151, 152, 153, 154, 155, 156];
const IOS = ['17_6_1', '18_5', '18_6_2', '19_0', '19_1'];
const PHONES =
  'SM-S938N SM-S928N SM-S926N SM-S921N SM-S911N SM-A546S SM-A356N SM-A165N SM-F956N SM-F741N SM-G991N SM-N986N LM-V510N Pixel_9'.split(
    ' ',
  );
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

const iPhone = (ios: string) => `Mozilla/5.0 (iPhone; CPU iPhone OS ${ios} like Mac OS X) ${WEBKIT}`;
const desktopChrome = (system: string, version: number, more = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36${more}`;
const androidWebView = (phone: string, version: number, app: string) =>
  `Mozilla/5.0 (Linux; Android 15; ${phone} Build/AP3A.240905.015; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/${version}.0.0.0 Mobile Safari/537.36 ${app}`;

const WINDOWS = 'Windows NT 10.0; Win64; x64';
const MAC = 'Macintosh; Intel Mac OS X 10_15_7';
const RECENT = CHROME.slice(-4);

/** Each group gets its share of the clicks; within it, newer versions get more. */
const GROUPS: readonly (readonly [share: number, userAgents: readonly string[]])[] = [
  [0.17, IOS.map((ios) => `${iPhone(ios)} Version/${ios.split('_')[0]}.0 Mobile/15E148 Safari/604.1`)],
  [
    0.13,
    CHROME.map(
      (version) =>
        `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Mobile Safari/537.36`,
    ),
  ],
  [
    0.08,
    [26, 27, 28, 29].map(
      (version) =>
        `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/${version}.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
    ),
  ],
  [
    0.15,
    [
      ...IOS.flatMap((ios) =>
        ['10.8.5', '11.0.2'].map((app) => `${iPhone(ios)} Mobile/15E148 KAKAOTALK ${app}`),
      ),
      ...PHONES.flatMap((phone) =>
        RECENT.map((version) => androidWebView(phone, version, 'KAKAOTALK 2511000')),
      ),
    ],
  ],
  [
    0.09,
    [
      ...IOS.map((ios) => `${iPhone(ios)} Mobile/15E148 NAVER(inapp; search; 1800; 12.14.2; 15PRO)`),
      ...PHONES.flatMap((phone) =>
        RECENT.map((version) => androidWebView(phone, version, 'NAVER(inapp; search; 2000; 12.14.2)')),
      ),
    ],
  ],
  [
    0.08,
    [
      ...IOS.map(
        (ios) =>
          `${iPhone(ios)} Mobile/22F76 Instagram 402.0.0.27.76 (iPhone16,1; iOS ${ios}; ko_KR; ko; scale=3.00; 1179x2556; 771983001)`,
      ),
      ...PHONES.flatMap((phone) =>
        RECENT.map((version) => androidWebView(phone, version, 'Instagram 402.0.0.49.73 Android')),
      ),
    ],
  ],
  [
    0.03,
    IOS.map(
      (ios) =>
        `${iPhone(ios)} Mobile/22F76 [FBAN/FBIOS;FBAV/530.0.0.39.81;FBBV/780000000;FBDV/iPhone16,1;FBLC/ko_KR]`,
    ),
  ],
  [0.09, CHROME.map((version) => desktopChrome(WINDOWS, version))],
  [0.02, CHROME.map((version) => desktopChrome(WINDOWS, version, ` Edg/${version}.0.0.0`))],
  [
    0.015,
    [4, 5].flatMap((minor) => RECENT.map((v) => desktopChrome(WINDOWS, v, ` Whale/${minor}.32.315.22`))),
  ],
  [0.02, CHROME.map((version) => desktopChrome(MAC, version))],
  [
    0.015,
    [17, 18, 19].map((version) => `Mozilla/5.0 (${MAC}) ${WEBKIT} Version/${version}.1 Safari/605.1.15`),
  ],
  [0.005, CHROME.map((version) => desktopChrome('X11; Linux x86_64', version))],
  [
    0.005,
    [140, 141, 142, 143].map((v) => `Mozilla/5.0 (${WINDOWS}; rv:${v}.0) Gecko/20100101 Firefox/${v}.0`),
  ],
  [
    0.01,
    ['SM-X710', 'SM-X910', 'SM-T870'].flatMap((tablet) =>
      CHROME.map((version) => desktopChrome(`Linux; Android 14; ${tablet}`, version)),
    ),
  ],
  [
    0.03,
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/136.0.0.0 Safari/537.36',
      'Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)',
      'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
      'Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)',
      'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
    ],
  ],
  [
    0.03,
    [
      'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
      'facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984',
      'Twitterbot/1.0',
      'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
      'TelegramBot (like TwitterBot)',
      'WhatsApp/2.24.20.89 A',
    ],
  ],
  [
    0.03,
    [
      ...[7, 8].map((minor) => `curl/8.${minor}.1`),
      ...[3, 4].map((minor) => `python-requests/2.${minor}2.0`),
      ...[10, 11, 12].map((minor) => `okhttp/4.${minor}.0`),
      'Go-http-client/2.0',
      'axios/1.12.2',
    ],
  ],
];

/** Some three hundred. */
export function userAgents(): GeneratedAgent[] {
  return GROUPS.flatMap(([share, agents]) => {
    const total = (agents.length * (agents.length + 1)) / 2;
    return agents.map((userAgent, index) => ({ userAgent, weight: (share * (index + 1)) / total }));
  });
}
