/**
 * User-Agents as browsers and apps send them, by what they are. Model numbers and versions are examples; the shape is
 * what matters.
 */
const IOS = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
/** The system's web view, as apps on Android have it. */
const androidView = (model: string) =>
  `Mozilla/5.0 (Linux; Android 15; ${model}; wv) ${WEBKIT} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36`;
const GALAXY = 'SM-S931N Build/AP3A.240905.015.A2';

export const USER_AGENTS = {
  // iPhones.
  iphoneSafari: `${IOS} Version/18.5 Mobile/15E148 Safari/604.1`,
  iphoneSafari26:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
  iphoneOld:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 9_3_5 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Version/9.0 Mobile/13G36 Safari/601.1',
  iphoneChrome: `${IOS} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`,
  iphoneFirefox: `${IOS} FxiOS/142.0 Mobile/15E148 Safari/605.1.15`,
  iphoneEdge: `${IOS} Version/18.0 EdgiOS/139.0.3405.86 Mobile/15E148 Safari/604.1`,
  iphoneOpera: `${IOS} Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.6.0`,
  iphoneDuckDuckGo: `${IOS} Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15`,
  iphoneGoogleApp: `${IOS} GSA/380.0.788317806 Mobile/15E148 Safari/604.1`,
  ipod: 'Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1',
  iphoneKakao: `${IOS} Mobile/15E148 KAKAOTALK/25.7.0 (INAPP)`,
  iphoneKakaoOld: `${IOS} Mobile/15E148 KAKAOTALK 10.4.5`,
  iphoneNaver: `${IOS} Version/18.5 Mobile/15E148 Safari/604.1 NAVER(inapp; search; 2000; 12.14.20; 15PRO)`,
  iphoneLine: `${IOS} Mobile/15E148 Safari Line/15.12.0`,
  iphoneInstagram: `${IOS} Mobile/22F76 Instagram 390.0.0.28.85 (iPhone14,5; iOS 18_5; ko_KR; ko; scale=3.00; 1170x2532; 768305420; IABMV/1)`,
  iphoneFacebook: `${IOS} Mobile/22F76 [FBAN/FBIOS;FBAV/524.0.0.44.107;FBBV/765432100;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBID/phone;FBLC/ko_KR;FBOP/5]`,
  iphoneMessenger: `${IOS} Mobile/22F76 [FBAN/MessengerForiOS;FBAV/515.0.0.31.102;FBBV/754321000;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBCR/;FBID/phone;FBLC/en_US;FBOP/0]`,
  iphoneTikTok: `${IOS} Mobile/15E148 musical_ly_40.5.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/ko Region/KR isDarkMode/0 WKWebView/1 RevealType/Dialog BytedanceWebview/d8a21c6`,
  iphoneX: `${IOS} Version/18.5 Mobile/15E148 Safari/604.1 Twitter for iPhone/11.9`,
  iphoneWeChat: `${IOS} Mobile/15E148 MicroMessenger/8.0.60(0x18003c31) NetType/4G Language/ko`,
  iphoneLinkedIn: `${IOS} Mobile/15E148 [LinkedInApp]/9.31.1234`,
  iphoneSnapchat: `${IOS} Mobile/15E148 Snapchat/13.40.0.40 (like Safari/8621.2.5.10.7, panda)`,
  iphoneDaum: `${IOS} Version/18.5 Mobile/15E148 Safari/604.1 DaumApps/8.9.0 DaumDevice/mobile`,
  iphoneOtherApp: `${IOS} Mobile/15E148`,
  // iPads, as they are and in disguise.
  ipadOld:
    'Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1',
  ipadMobilePage: `${IPAD} Version/17.6 Mobile/15E148 Safari/604.1`,
  ipadChrome: `${IPAD} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`,
  ipadChromeAsMac: `${MAC} CriOS/140 Version/11.1.1 Safari/605.1.15`,
  ipadFirefoxAsMac: `${MAC} FxiOS/142.0 Safari/605.1.15`,
  ipadEdgeAsMac: `${MAC} Version/17.0 EdgiOS/139.0.3405.86 Mobile/15E148 Safari/605.1.15`,
  ipadKakaoAsMac: `${MAC} KAKAOTALK/25.7.0 (INAPP)`,
  ipadFacebook: `${IPAD} Mobile/21G93 [FBAN/FBIOS;FBAV/524.0.0.44.107;FBDV/iPad13,1;FBMD/iPad;FBSN/iPadOS;FBSV/17.6;FBSS/2;FBID/tablet;FBLC/en_US]`,
  ipadInstagramAsMac: `${MAC} Mobile/21G93 Instagram 390.0.0.28.85 (iPad13,1; iPadOS 17_6; en_US; en; scale=2.00; 1640x2360)`,
  macOrIpadSafari: `${MAC} Version/18.5 Safari/605.1.15`,
  macOrIpadSafari26: `${MAC} Version/26.0 Safari/605.1.15`,
  macOrIpadWebView: MAC,
  macOrIpadDuckDuckGo: `${MAC} Version/18.5 Safari/605.1.15 Ddg/18.5`,
  // Android.
  androidChrome: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`,
  pixelChrome: `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`,
  androidTablet: `Mozilla/5.0 (Linux; Android 14; SM-X910) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
  androidFirefox: 'Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0',
  samsungInternet: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  androidEdge: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/139.0.0.0 Mobile Safari/537.36 EdgA/139.0.0.0`,
  androidOpera: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/137.0.0.0 Mobile Safari/537.36 OPR/91.0.0.0`,
  androidOperaMini: 'Opera/9.80 (Android; Opera Mini/82.0.2254/191.303; U; id) Presto/2.12.423 Version/12.16',
  androidOperaMiniNew: `Mozilla/5.0 (Linux; U; Android 13; SM-A135F) ${WEBKIT} Chrome/137.0.0.0 Mobile Safari/537.36 OPR/91.0.2254.12345 Mini`,
  androidWhale: `Mozilla/5.0 (Linux; Android 14; SM-G998N) ${WEBKIT} Chrome/134.0.0.0 Whale/3.8.0.2 Mobile Safari/537.36`,
  miuiBrowser: `Mozilla/5.0 (Linux; U; Android 13; ko-kr; 2201117TG Build/TKQ1.221114.001) ${WEBKIT} Version/4.0 Chrome/122.0.6261.64 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.22.1-gn`,
  androidOld: `Mozilla/5.0 (Linux; U; Android 4.4.2; ko-kr; SHV-E330S Build/KOT49H) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30`,
  androidKakao: `${androidView(GALAXY)};KAKAOTALK 2508000`,
  androidNaver: `${androidView(GALAXY)} NAVER(inapp; search; 2000; 12.14.5)`,
  androidLine: `${androidView(GALAXY)} Line/15.12.0/IAB`,
  androidInstagram: `${androidView(GALAXY)} Instagram 390.0.0.43.81 Android (35/15; 480dpi; 1080x2131; samsung; SM-S931N; pa1q; qcom; ko_KR; 766919580; IABMV/1)`,
  androidFacebook: `${androidView(GALAXY)} [FB_IAB/FB4A;FBAV/524.0.0.48.109;IABMV/1;]`,
  androidMessenger: `${androidView(GALAXY)} [FB_IAB/Orca-Android;FBAV/515.0.0.54.109;]`,
  androidTikTok: `${androidView(GALAXY)} trill_2024005040 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/40.5.4 ByteLocale/ko-KR ByteFullLocale/ko-KR Region/KR BytedanceWebview/d8a21c6`,
  androidX: `${androidView(GALAXY)} TwitterAndroid`,
  androidWeChat: `${androidView(GALAXY)} XWEB/1340129 MMWEBSDK/20250201 MMWEBID/4242 MicroMessenger/8.0.58.2841(0x28003A36) WeChat/arm64 Weixin NetType/WIFI Language/ko ABI/arm64`,
  androidOtherApp: androidView(GALAXY),
  androidDaum: `${androidView(GALAXY)} DaumApps/8.9.0 DaumDevice/mobile`,
  // Huawei.
  huaweiWithoutPlay: `Mozilla/5.0 (Linux; Android 10; JNY-LX1; HMSCore 6.14.0.322) ${WEBKIT} Chrome/114.0.5735.196 HuaweiBrowser/15.0.7.301 Mobile Safari/537.36`,
  huaweiWithPlay: `Mozilla/5.0 (Linux; Android 10; MAR-LX1A; HMSCore 6.1.0.314; GMSCore 21.15.15) ${WEBKIT} Chrome/88.0.4324.93 HuaweiBrowser/11.1.1.310 Mobile Safari/537.36`,
  harmonyOs: `Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.13.0.302) ${WEBKIT} Chrome/99.0.4844.88 HuaweiBrowser/14.0.5.302 Mobile Safari/537.36`,
  harmonyNext: `Mozilla/5.0 (Phone; OpenHarmony 5.0) ${WEBKIT} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300`,
  // Everything else.
  windowsChrome: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
  macChrome: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
  macEdge: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0`,
  macFirefox: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0',
  macWeChat: `${MAC} NetType/WIFI MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712) XWEB/1191 Flue`,
  linuxFirefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
  chromebook: `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
  windowsWeChat: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090c33) XWEB/11581 Flue`,
  windowsPhone:
    'Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 like Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537',
  kaiOs: 'Mozilla/5.0 (Mobile; LYF/F300B/LYF-F300B-001; Android; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
  curl: 'curl/8.5.0',
  okhttp: 'okhttp/4.12.0',
} as const satisfies Readonly<Record<string, string>>;

export type UserAgentName = keyof typeof USER_AGENTS;
