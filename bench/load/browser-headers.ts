/** What browsers send along, as far as a link server looks at it. */

const CHROME_VERSIONS = [149, 150, 151, 152, 153, 154, 155, 156];

const PLATFORMS: readonly ((version: number) => string)[] = [
  (version) => desktop('Windows NT 10.0; Win64; x64', version),
  (version) => desktop('Macintosh; Intel Mac OS X 10_15_7', version),
  (version) => desktop('X11; Linux x86_64', version),
  (version) => desktop('X11; CrOS x86_64 14541.0.0', version),
  (version) => desktop('Linux; Android 10; K', version),
  (version) =>
    `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Mobile Safari/537.36`,
];

function desktop(system: string, version: number): string {
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
}

const USER_AGENTS = CHROME_VERSIONS.flatMap((version) => PLATFORMS.map((platform) => platform(version)));

const LANGUAGES = [
  'ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7',
  'en-US,en;q=0.9',
  'ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7',
  'de-DE,de;q=0.9,en;q=0.8',
  'zh-TW,zh;q=0.9,en;q=0.8',
];

const REFERRERS = [
  'https://www.instagram.com/',
  'https://m.search.naver.com/search.naver?query=autumn+sale',
  'https://www.youtube.com/watch?v=2n8sY0wqX1c',
  'https://news.example.org/2026/11/what-to-wear-this-autumn.html',
];

const ACCEPT =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';

/** The rest of a GET after its path, once for every browser and language, with a referrer in every second. */
export function requestTails(host: string): string[] {
  return USER_AGENTS.flatMap((userAgent, browser) =>
    LANGUAGES.map((language, index) => {
      const number = browser * LANGUAGES.length + index;
      const referrer = number % 2 === 0 ? '' : `Referer: ${REFERRERS[(number >> 1) % REFERRERS.length]}\r\n`;
      return [
        ' HTTP/1.1\r\n',
        `Host: ${host}\r\n`,
        'Connection: keep-alive\r\n',
        `User-Agent: ${userAgent}\r\n`,
        `Accept: ${ACCEPT}\r\n`,
        referrer,
        `Accept-Language: ${language}\r\n`,
        '\r\n',
      ].join('');
    }),
  );
}
