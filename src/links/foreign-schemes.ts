/**
 * URL schemes that are nobody's own app: a custom scheme is put before visitors as a link, and one of these would run
 * something, open settings, call somebody, or hand the rest of the URL to a browser that opens any (and so lead away
 * from every host that is known).
 */
const EXACT = new Set([
  ...[
    'http',
    'https',
    'ws',
    'wss',
    'ftp',
    'ftps',
    'sftp',
    'tftp',
    'gopher',
    'file',
    'content',
    'data',
    'about',
  ],
  ...['blob', 'filesystem', 'jar', 'resource', 'res', 'mk', 'mhtml', 'cid', 'mid', 'its', 'wyciwyg', 'feed'],
  ...[
    'feeds',
    'rss',
    'javascript',
    'jscript',
    'livescript',
    'vbscript',
    'vbs',
    'mocha',
    'ipfs',
    'ipns',
    'magnet',
  ],
  // Other machines, and programs that are started.
  ...[
    'ssh',
    'telnet',
    'tn3270',
    'rlogin',
    'vnc',
    'rdp',
    'smb',
    'cifs',
    'afp',
    'nfs',
    'dav',
    'davs',
    'webdav',
  ],
  ...['ldap', 'ldaps', 'git', 'svn', 'nntp', 'news', 'snews', 'imap', 'imaps', 'pop', 'pop3', 'smtp', 'irc'],
  ...['ircs', 'irc6', 'xmpp', 'jnlp', 'jnlps', 'shell', 'package', 'search', 'search-ms', 'ms', 'onenote'],
  // Telephones, messages, calendars.
  ...[
    'tel',
    'telprompt',
    'callto',
    'sip',
    'sips',
    'h323',
    'sms',
    'smsto',
    'mms',
    'mmsto',
    'mailto',
    'message',
  ],
  ...[
    'messages',
    'imessage',
    'im',
    'aim',
    'ichat',
    'facetime',
    'facetime-audio',
    'facetime-group',
    'mobilephone',
  ],
  ...['addressbook', 'contact', 'contacts', 'voicemail', 'webcal', 'webcals', 'calshow', 'calinvite', 'ical'],
  // What comes with iOS and macOS.
  ...[
    'app-settings',
    'settings',
    'settings-navigation',
    'preferences',
    'diagnostics',
    'shortcuts',
    'workflow',
  ],
  ...[
    'applescript',
    'help',
    'map',
    'maps',
    'geo',
    'music',
    'musics',
    'videos',
    'podcast',
    'podcasts',
    'pcast',
  ],
  ...[
    'itpc',
    'ibooks',
    'itunes',
    'itunesu',
    'appstore',
    'macappstore',
    'macappstores',
    'newsstand',
    'applenews',
  ],
  ...[
    'applenewss',
    'photos',
    'photos-redirect',
    'camera',
    'shoebox',
    'wallet',
    'shareddocuments',
    'mobilenotes',
  ],
  ...['voicememos', 'findmy', 'fmip1', 'fmf1', 'gamecenter', 'activitytoday', 'x-man-page', 'x-dictionary'],
  ...['x-web-search', 'x-help-action', 'x-radar', 'otpauth', 'fido', 'cydia', 'sileo', 'filza', 'apt-repo'],
  // What comes with Android, and its stores.
  ...['intent', 'android-app', 'android.resource', 'market', 'market-details', 'appmarket', 'hiapplink'],
  ...[
    'samsungapps',
    'mimarket',
    'oppomarket',
    'vivomarket',
    'onestore',
    'tstore',
    'amzn',
    'google.navigation',
  ],
  // Browsers, and apps that open any page they are handed.
  ...['safari', 'ghttp', 'ghttps', 'google', 'googleapp', 'gsa', 'touch-http', 'touch-https', 'ddgquicklink'],
  ...['ddglaunch', 'duckduckgo', 'yandexbrowser-open-url', 'yabrowser', 'yandex', 'ucbrowser', 'ucweb'],
  ...['dolphin', 'puffin', 'puffins', 'aloha', 'samsunginternet', 'sbrowser', 'mttbrowser', 'mqqbrowser'],
  ...['mqq', 'mqqapi', 'baiduboxapp', 'baiduboxlite', 'naversearchapp', 'naversearchthirdlogin', 'naverapp'],
  ...[
    'naverwhale',
    'whale',
    'daumapps',
    'daumglue',
    'kakaotalk',
    'kakaolink',
    'kakaoopen',
    'kakaoweb',
    'line',
  ],
  ...['lines', 'weixin', 'wechat', 'alipay', 'alipays', 'arc', 'zalo', 'viber', 'tg'],
]);

/** With all that they add after a `-`: `chrome-extension`, `ms-settings`, `itms-services`. */
const FAMILIES = [
  ...[
    'chrome',
    'googlechrome',
    'googlechromes',
    'chromium',
    'edge',
    'microsoft-edge',
    'firefox',
    'moz',
    'fennec',
  ],
  ...['opera', 'brave', 'vivaldi', 'safari', 'x-safari', 'safari-web', 'webkit', 'view-source', 'devtools'],
  ...['ms', 'itms', 'itmss', 'itms-apps', 'itms-appss', 'prefs', 'app-prefs', 'prefs-root', 'x-apple'],
  ...['com-apple', 'apple', 'clock'],
];
const OF_A_FAMILY = new RegExp(`^(?:${FAMILIES.join('|')})(?:$|-)`);
const OF_APPLE = /^(?:x-apple|com\.apple)\./;

/** Whether a scheme belongs to the system, to a browser or to a protocol, and so to no app that anybody could own. */
export function isForeignScheme(scheme: string): boolean {
  const name = scheme.toLowerCase();
  return EXACT.has(name) || OF_A_FAMILY.test(name) || OF_APPLE.test(name);
}
