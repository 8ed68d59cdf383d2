import type { BrowserName, DeviceKind, OsName } from '../ingest/user-agent.ts';

export type KnownUserAgent = readonly [
  what: string,
  userAgent: string,
  expected: readonly [device: DeviceKind, os: OsName, browser: BrowserName],
];

const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const IOS_KIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${IOS_KIT}`;
const IPAD = `Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) ${IOS_KIT}`;
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64)';
const GALAXY = 'Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A.231005.007; wv)';
const WEBVIEW = `${GALAXY} ${KIT} Version/4.0 Chrome/131.0.6778.135 Mobile Safari/537.36`;

/** People's browsers, as they name themselves in the wild. Programs stand in `PROGRAMS`. */
export const KNOWN_USER_AGENTS: readonly KnownUserAgent[] = [
  ['Safari on an iPhone', `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, ['mobile', 'iOS', 'Safari']],
  [
    'Chrome on an iPhone',
    `${IPHONE} CriOS/137.0.7151.79 Mobile/15E148 Safari/604.1`,
    ['mobile', 'iOS', 'Chrome'],
  ],
  [
    'Firefox on an iPhone',
    `${IPHONE} FxiOS/139.0 Mobile/15E148 Safari/605.1.15`,
    ['mobile', 'iOS', 'Firefox'],
  ],
  [
    'Edge on an iPhone',
    `${IPHONE} Version/18.0 EdgiOS/136.0.3240.91 Mobile/15E148 Safari/604.1`,
    ['mobile', 'iOS', 'Edge'],
  ],
  [
    'Google app on an iPhone',
    `${IPHONE} GSA/371.0.7 Mobile/15E148 Safari/604.1`,
    ['mobile', 'iOS', 'Google app'],
  ],
  [
    'Safari on an iPad of old',
    `${IPAD} Version/17.6 Mobile/15E148 Safari/604.1`,
    ['tablet', 'iOS', 'Safari'],
  ],
  [
    'an iPod',
    `Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) ${IOS_KIT} Version/12.1.2 Mobile/15E148 Safari/604.1`,
    ['mobile', 'iOS', 'Safari'],
  ],
  [
    'an iPad that says it is a Mac',
    `${MAC} ${IOS_KIT} Version/18.5 Safari/605.1.15`,
    ['desktop', 'macOS', 'Safari'],
  ],
  [
    'Chrome on a Pixel',
    `Mozilla/5.0 (Linux; Android 15; Pixel 9 Pro) ${KIT} Chrome/136.0.7103.125 Mobile Safari/537.36`,
    ['mobile', 'Android', 'Chrome'],
  ],
  [
    'Chrome on a phone that hides its name',
    `Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/137.0.0.0 Mobile Safari/537.36`,
    ['mobile', 'Android', 'Chrome'],
  ],
  [
    'Chrome on a tablet that hides its name',
    `Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/137.0.0.0 Safari/537.36`,
    ['tablet', 'Android', 'Chrome'],
  ],
  [
    'Firefox on Android',
    'Mozilla/5.0 (Android 14; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0',
    ['mobile', 'Android', 'Firefox'],
  ],
  [
    'Firefox on an Android tablet',
    'Mozilla/5.0 (Android 13; Tablet; rv:128.0) Gecko/128.0 Firefox/128.0',
    ['tablet', 'Android', 'Firefox'],
  ],
  [
    'Samsung Internet',
    `Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S928N) ${KIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    ['mobile', 'Android', 'Samsung Internet'],
  ],
  [
    'Samsung Internet on a tablet',
    `Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-X710) ${KIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36`,
    ['tablet', 'Android', 'Samsung Internet'],
  ],
  [
    'Opera on Android',
    `Mozilla/5.0 (Linux; Android 13; SM-A536B) ${KIT} Chrome/125.0.0.0 Mobile Safari/537.36 OPR/82.0.4342.79407`,
    ['mobile', 'Android', 'Opera'],
  ],
  [
    'Whale on Android',
    `Mozilla/5.0 (Linux; Android 13; SM-G991N) ${KIT} Chrome/124.0.6367.207 Whale/1.0.0.0 Crosswalk/29.124.0.12 Mobile Safari/537.36`,
    ['mobile', 'Android', 'Whale'],
  ],
  [
    'UC Browser',
    `Mozilla/5.0 (Linux; U; Android 12; en-US; RMX3261 Build/SP1A.210812.016) ${KIT} Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36`,
    ['mobile', 'Android', 'UC Browser'],
  ],
  [
    'MIUI Browser',
    `Mozilla/5.0 (Linux; U; Android 13; en-us; 22101316G Build/TP1A.220624.014) ${KIT} Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.9.0-gn`,
    ['mobile', 'Android', 'MIUI Browser'],
  ],
  [
    'DuckDuckGo on Android',
    `Mozilla/5.0 (Linux; Android 14) ${KIT} Version/4.0 Chrome/126.0.6478.122 Mobile DuckDuckGo/5 Safari/537.36`,
    ['mobile', 'Android', 'DuckDuckGo'],
  ],
  [
    'the browser of an old Android',
    'Mozilla/5.0 (Linux; U; Android 4.0.3; ko-kr; LG-L160L Build/IML74K) AppleWebkit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30',
    ['mobile', 'Android', 'Android Browser'],
  ],
  ['KakaoTalk on Android', `${WEBVIEW};KAKAOTALK 2410890`, ['mobile', 'Android', 'KakaoTalk']],
  [
    'KakaoTalk on an iPhone',
    `${IPHONE} Mobile/15E148 KAKAOTALK/11.2.5 (INAPP)`,
    ['mobile', 'iOS', 'KakaoTalk'],
  ],
  ['NAVER on Android', `${WEBVIEW} NAVER(inapp; search; 2000; 12.10.3)`, ['mobile', 'Android', 'NAVER']],
  [
    'NAVER on an iPhone',
    `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 NAVER(inapp; search; 2020; 12.12.10; 16PRO)`,
    ['mobile', 'iOS', 'NAVER'],
  ],
  [
    'Instagram on an iPhone',
    `${IPHONE} Mobile/22F76 Instagram 382.0.0.27.84 (iPhone17,1; iOS 18_5; ko_KR; ko; scale=3.00; 1206x2622; 737300153)`,
    ['mobile', 'iOS', 'Instagram'],
  ],
  [
    'Instagram on Android',
    `${WEBVIEW} Instagram 361.0.0.46.88 Android (34/14; 480dpi; 1080x2125; samsung; SM-S921N; e1s; s5e9945; ko_KR; 674675155)`,
    ['mobile', 'Android', 'Instagram'],
  ],
  [
    'Threads on an iPhone',
    `${IPHONE} Mobile/22F76 Barcelona 382.0.0.27.84 (iPhone17,1; iOS 18_5; ko_KR; ko; scale=3.00; 1206x2622; 737300153)`,
    ['mobile', 'iOS', 'Threads'],
  ],
  [
    'Facebook on an iPhone',
    `${IPHONE} Mobile/22F76 [FBAN/FBIOS;FBAV/516.0.0.38.101;FBBV/737416812;FBDV/iPhone17,1;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBID/phone;FBLC/ko_KR;FBOP/5]`,
    ['mobile', 'iOS', 'Facebook'],
  ],
  ['Facebook on Android', `${WEBVIEW} [FB_IAB/FB4A;FBAV/494.0.0.47.70;]`, ['mobile', 'Android', 'Facebook']],
  [
    'Messenger on Android',
    `${WEBVIEW} [FB_IAB/Orca-Android;FBAV/488.0.0.58.78;]`,
    ['mobile', 'Android', 'Messenger'],
  ],
  ['Line on Android', `${WEBVIEW} Line/14.20.1/IAB`, ['mobile', 'Android', 'Line']],
  ['Line on an iPhone', `${IPHONE} Mobile/15E148 Safari Line/14.21.0`, ['mobile', 'iOS', 'Line']],
  [
    'WeChat',
    `${IPHONE} Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/zh_CN`,
    ['mobile', 'iOS', 'WeChat'],
  ],
  [
    'TikTok',
    `${IPHONE} Mobile/15E148 musical_ly_39.8.0 BytedanceWebview/d8a21c6`,
    ['mobile', 'iOS', 'TikTok'],
  ],
  ['X on an iPhone', `${IPHONE} Mobile/15E148 Twitter for iPhone/10.98`, ['mobile', 'iOS', 'X']],
  ['Daum on Android', `${WEBVIEW} DaumApps/7.21.0 DaumDevice/mobile`, ['mobile', 'Android', 'Daum']],
  ['Band on Android', `${WEBVIEW} BAND/20.1.3 (Android OS 14;SM-S921N)`, ['mobile', 'Android', 'Band']],
  ['an unnamed app on Android', WEBVIEW, ['mobile', 'Android', 'In-app browser']],
  ['an unnamed app on an iPhone', `${IPHONE} Mobile/15E148`, ['mobile', 'iOS', 'In-app browser']],
  ['Chrome on Windows', `${WINDOWS} ${KIT} Chrome/137.0.0.0 Safari/537.36`, ['desktop', 'Windows', 'Chrome']],
  [
    'Edge on Windows',
    `${WINDOWS} ${KIT} Chrome/136.0.0.0 Safari/537.36 Edg/136.0.0.0`,
    ['desktop', 'Windows', 'Edge'],
  ],
  [
    'Firefox on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0',
    ['desktop', 'Windows', 'Firefox'],
  ],
  [
    'Whale on Windows',
    `${WINDOWS} ${KIT} Chrome/134.0.0.0 Whale/4.31.304.16 Safari/537.36`,
    ['desktop', 'Windows', 'Whale'],
  ],
  [
    'Opera on Windows',
    `${WINDOWS} ${KIT} Chrome/134.0.0.0 Safari/537.36 OPR/119.0.0.0`,
    ['desktop', 'Windows', 'Opera'],
  ],
  [
    'Vivaldi on Windows',
    `${WINDOWS} ${KIT} Chrome/134.0.0.0 Safari/537.36 Vivaldi/7.3.3635.11`,
    ['desktop', 'Windows', 'Vivaldi'],
  ],
  [
    'Yandex on Windows',
    `${WINDOWS} ${KIT} Chrome/134.0.0.0 YaBrowser/25.4.0.0 Safari/537.36`,
    ['desktop', 'Windows', 'Yandex'],
  ],
  [
    'Internet Explorer 11',
    'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko',
    ['desktop', 'Windows', 'Internet Explorer'],
  ],
  [
    'KakaoTalk on Windows',
    `${WINDOWS} ${KIT} Chrome/120.0.0.0 Safari/537.36 KAKAOTALK/3.9.5`,
    ['desktop', 'Windows', 'KakaoTalk'],
  ],
  ['Safari on a Mac', `${MAC} ${IOS_KIT} Version/17.4.1 Safari/605.1.15`, ['desktop', 'macOS', 'Safari']],
  ['Chrome on a Mac', `${MAC} ${KIT} Chrome/137.0.0.0 Safari/537.36`, ['desktop', 'macOS', 'Chrome']],
  ['Chrome on Linux', `${LINUX} ${KIT} Chrome/136.0.0.0 Safari/537.36`, ['desktop', 'Linux', 'Chrome']],
  [
    'Firefox on Ubuntu',
    'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0',
    ['desktop', 'Linux', 'Firefox'],
  ],
  [
    'a Chromebook',
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KIT} Chrome/136.0.0.0 Safari/537.36`,
    ['desktop', 'ChromeOS', 'Chrome'],
  ],
  [
    'a Samsung television',
    `Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) ${KIT} 94.0.4606.31/7.0 TV Safari/537.36`,
    ['tv', 'Tizen', ''],
  ],
  [
    'an LG television',
    `Mozilla/5.0 (Web0S; Linux/SmartTV) ${KIT} Chrome/94.0.4606.128 Safari/537.36 LG Browser/8.00.00(LGE; 65QNED80UQA; 03.33.58; 1; DTV_W22H); webOS.TV-2022`,
    ['tv', 'webOS', 'Chrome'],
  ],
  [
    'an Android television',
    `Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH22 Build/STT2.230505.001.S126) ${KIT} Chrome/112.0.5615.213 Safari/537.36`,
    ['tv', 'Android', 'Chrome'],
  ],
  [
    'a Fire television',
    `Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7646; wv) ${KIT} Version/4.0 Chrome/108.0.5359.160 Mobile Safari/537.36`,
    ['tv', 'Android', 'In-app browser'],
  ],
  [
    'a Kindle Fire',
    `Mozilla/5.0 (Linux; Android 11; KFRASWI) ${KIT} Silk/124.3.5 like Chrome/124.0.6367.207 Safari/537.36`,
    ['tablet', 'Android', 'Silk'],
  ],
  [
    'a PlayStation 5',
    `Mozilla/5.0 (PlayStation; PlayStation 5/9.00) ${IOS_KIT} Version/16.4 Safari/605.1.15`,
    ['console', 'PlayStation', ''],
  ],
  [
    'an Xbox',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) ${KIT} Chrome/132.0.0.0 Safari/537.36 Edge/44.18363.8131`,
    ['console', 'Xbox', 'Edge'],
  ],
  [
    'a Nintendo Switch',
    'Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474',
    ['console', 'Nintendo', ''],
  ],
  [
    'a Galaxy Watch',
    `Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-R930) ${KIT} SamsungBrowser/4.4 Chrome/111.0.5563.116 Mobile Safari/537.36`,
    ['wearable', 'Android', 'Samsung Internet'],
  ],
  [
    'a Quest',
    `Mozilla/5.0 (X11; Linux x86_64; Quest 3) ${KIT} OculusBrowser/35.3.0.23.72 Chrome/126.0.6478.122 VR Safari/537.36`,
    ['wearable', 'Linux', 'Chrome'],
  ],
  [
    'a phone with KaiOS',
    'Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
    ['mobile', 'KaiOS', 'Firefox'],
  ],
  [
    'a phone with HarmonyOS',
    `Mozilla/5.0 (Phone; OpenHarmony 5.0) ${KIT} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.8.301`,
    ['mobile', 'HarmonyOS', 'Huawei Browser'],
  ],
  [
    'a phone with Windows',
    `Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) ${KIT} Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063`,
    ['mobile', 'Windows', 'Edge'],
  ],
];

/** Crawlers and HTTP libraries, with how a visit flags them. */
export const PROGRAMS: readonly (readonly [userAgent: string, device: 'bot' | 'automated'])[] = [
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot'],
  [
    `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) ${KIT} Chrome/125.0.6422.175 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    'bot',
  ],
  ['Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)', 'bot'],
  ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'bot'],
  ['facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984', 'bot'],
  ['Twitterbot/1.0', 'bot'],
  ['TelegramBot (like TwitterBot)', 'bot'],
  ['WhatsApp/2.23.20.0', 'bot'],
  [`Mozilla/5.0 ${KIT}; compatible; GPTBot/1.2; +https://openai.com/gptbot`, 'bot'],
  ['curl/8.7.1', 'automated'],
  ['python-requests/2.32.3', 'automated'],
  ['Go-http-client/2.0', 'automated'],
  ['okhttp/4.12.0', 'automated'],
  ['node', 'automated'],
  ['', 'automated'],
];
