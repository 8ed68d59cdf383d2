import { isbot } from 'isbot';
import { type Device, deviceOf, UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import type { VisitorClass } from './visit.ts';

/** What a User-Agent tells, as far as the answer depends on it. */
export interface Visitor {
  readonly visitor: VisitorClass;
  readonly device: Device;
}

/**
 * Fetches a page to show a card of it in a chat or feed. These are names the services publish for their own
 * fetchers; each is followed by a version or stands alone, so a person's browser never carries one by accident.
 */
const UNFURLERS =
  /^WhatsApp\/|^Viber\/|facebookexternalhit|facebookcatalog|meta-externalfetcher|Facebot|Twitterbot|Slackbot-LinkExpanding|Slack-ImgProxy|LinkedInBot|Discordbot|TelegramBot|SkypeUriPreview|MicrosoftPreview|Iframely|Embedly|Pinterestbot|^Pinterest\/|redditbot|vkShare|kakaotalk-scrap|kakaostory-og-reader|Yeti-Mobile|NaverBot-Preview|Line-?Scrap|LineBotWebhook|Snap URL Preview|Bluesky Cardyb|Mastodon\/|Misskey\/|Pleroma|Google-PageRenderer|Applebot-Preview|ZaloBot|Mattermost-Bot|Zulip\/|ZulipURLPreview|Bitlybot|Tumblr\/14|Nextcloud Server Crawler|Synapse(?:\/[\d.]+)? \(bot/i;

/** Every browser, however old, begins like this; what does not is a program. */
const BROWSER = /^(Mozilla|Opera)\//i;

/** PowerShell calls itself Mozilla. */
const PROGRAM_LIKE_A_BROWSER = /WindowsPowerShell\//i;

/** How a program says that it is a robot. An address alone does not: HTTP libraries carry their own. */
const SAYS_ROBOT =
  /bot\b|bot\/|crawl|spider|slurp|preview|scrap|archiver|mediapartners|feedfetcher|google-read-aloud|yeti\//i;

const REMEMBERED = 5_000;
const LONGEST_REMEMBERED = 400;
const known = new Map<string, Visitor>();

const NOBODY: Visitor = { visitor: 'automated', device: UNKNOWN_DEVICE };

/** Told from the User-Agent alone; finer classes are made at ingest. */
export function visitorOf(userAgent: string | undefined): Visitor {
  if (userAgent === undefined || userAgent === '') return NOBODY;
  const remembered = known.get(userAgent);
  if (remembered !== undefined) return remembered;
  const found = { visitor: classify(userAgent), device: deviceOf(userAgent) };
  if (userAgent.length <= LONGEST_REMEMBERED) {
    if (known.size >= REMEMBERED) known.clear();
    known.set(userAgent, found);
  }
  return found;
}

function classify(userAgent: string): VisitorClass {
  const start = userAgent.slice(0, 1_000);
  if (UNFURLERS.test(start)) return 'unfurler';
  if (!BROWSER.test(start) || PROGRAM_LIKE_A_BROWSER.test(start)) {
    return SAYS_ROBOT.test(start) ? 'crawler' : 'automated';
  }
  return isbot(start) ? 'crawler' : 'person';
}
