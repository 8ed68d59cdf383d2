import { isbot } from 'isbot';
import type { VisitorClass } from './visit.ts';

/**
 * Fetches a page to show a card of it in a chat or feed. These are names the services publish for their own
 * fetchers; each is followed by a version or stands alone, so a person's browser never carries one by accident.
 */
const UNFURLERS =
  /^WhatsApp\/|^Viber\/|facebookexternalhit|facebookcatalog|Facebot|Twitterbot|Slackbot-LinkExpanding|Slack-ImgProxy|LinkedInBot|Discordbot|TelegramBot|SkypeUriPreview|MicrosoftPreview|Iframely|Embedly|Pinterestbot|redditbot|vkShare|kakaotalk-scrap|Yeti-Mobile|NaverBot-Preview|Line-?Scrap|LineBotWebhook|Snap URL Preview|Bluesky Cardyb|Mastodon\/|Misskey\/|Pleroma|Google-PageRenderer|Applebot-Preview|ZaloBot|Mattermost-Bot|Zulip\/|Bitlybot|Tumblr\/14|Nextcloud Server Crawler|Synapse \(bot/i;

/** Programs that fetch for somebody: libraries and command-line tools, by how their User-Agent starts. */
const LIBRARIES =
  /^(curl|wget|httpie|xh|aria2|python|python-requests|python-urllib3?|python-httpx|httpx|aiohttp|okhttp|java|apache-httpclient|apache-httpasyncclient|reactornetty|ktor client|ktor-client|dalvik|jakarta commons|jersey|go-http-client|go-resty|node|node-fetch|undici|axios|got|superagent|needle|request|deno|bun|ruby|faraday|rest-client|php|guzzlehttp|symfony|libwww-perl|lwp|perl|dart|alamofire|cfnetwork|reqwest|hyper|ureq|postmanruntime|insomnia|paw|rapidapi|restsharp|powershell|mozilla\/5\.0 \(windows nt; windows nt [\d.]+; [a-z-]+\) windowspowershell|dotnet|k6|wrk|hey|autocannon|apachebench|siege|vegeta)([/\s;(-]|$)/i;

/** Apps name themselves first and the system's library after it. */
const APP_LIBRARIES = /\b(CFNetwork\/[\d.]+ Darwin|Alamofire)\//;

const SAYS_ROBOT = /bot\b|crawl|spider|preview|scrap/i;

const REMEMBERED = 5_000;
const LONGEST_REMEMBERED = 400;
const known = new Map<string, VisitorClass>();

/** Told from the User-Agent alone, as far as the answer depends on it; finer classes are made at ingest. */
export function visitorClass(userAgent: string | undefined): VisitorClass {
  if (userAgent === undefined || userAgent === '') return 'automated';
  const remembered = known.get(userAgent);
  if (remembered !== undefined) return remembered;
  const found = classify(userAgent);
  if (userAgent.length <= LONGEST_REMEMBERED) {
    if (known.size >= REMEMBERED) known.clear();
    known.set(userAgent, found);
  }
  return found;
}

function classify(userAgent: string): VisitorClass {
  const start = userAgent.slice(0, 1_000);
  if (UNFURLERS.test(start)) return 'unfurler';
  if ((LIBRARIES.test(start) || APP_LIBRARIES.test(start)) && !SAYS_ROBOT.test(start)) return 'automated';
  return isbot(start) ? 'crawler' : 'person';
}
