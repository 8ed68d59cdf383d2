import { type AppRouting, destinationWithoutStore } from '../links/app-routing.ts';
import {
  asciiUrl,
  decodeQueryText,
  nameOf,
  pairsOf,
  splitUrl,
  withVisitQuery,
} from '../links/destination.ts';
import { CAMPAIGN_FIELDS, type Campaign } from '../links/link.ts';
import type { OpenedApp } from '../links/link-app.ts';
import { withCampaign } from './campaign.ts';
import type { VisitorPlatform } from './platform.ts';
import { androidStoreUrl, appStoreUrl } from './store-url.ts';

/** What an app learns of a link it was opened with, or was installed for. */
export interface OpenedLink {
  /** Public id of the link. */
  readonly id: string;
  readonly code: string;
  /** The short link itself, without what was added to it. */
  readonly shortUrl: string;
  /** What the app is to show: the destination, or what the link says for this platform, with everything added to it. */
  readonly deepLink: string;
  /** Of `deepLink`, decoded as far as that leaves its segments apart. */
  readonly path: string;
  /** Of `deepLink`, decoded; of a name that comes twice the last. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `utm_*` as they stand in `deepLink`. */
  readonly campaign: Campaign;
  /** Of the app on this platform, as its owner counts; never compared here. */
  readonly minVersion: string | null;
  /** Where the app, or a newer version of it, comes from: what a visit would be given, without a click. */
  readonly storeUrl: string | null;
  /** Where the link leads on the web; on a phone that no store has the app for, what it says of those. */
  readonly webUrl: string;
  /** What was stored with the link by whoever made it. */
  readonly customData: Readonly<Record<string, string>>;
}

/** What has to be known of a link to open it in an app. Destinations have their campaign already. */
export interface LinkToOpen {
  readonly id: string;
  readonly code: string;
  readonly shortUrl: string;
  readonly destination: string;
  /** Where desktops go instead; null: where everybody goes. */
  readonly desktopDestination: string | null;
  readonly campaign: Campaign;
  readonly apps: { readonly ios: OpenedApp | null; readonly android: OpenedApp | null } | null;
  readonly appRouting: AppRouting;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @param query what travels on of the visited URL's query, without `?`; empty when nothing does */
export function openedLink(link: LinkToOpen, platform: VisitorPlatform, query: string): OpenedLink {
  const app = platform === 'other' ? null : (link.apps?.[platform] ?? null);
  const own = app?.deepLink ? asciiUrl(withCampaign(app.deepLink, link.campaign)) : link.destination;
  const deepLink = withVisitQuery(own, query);
  const parameters = parametersOf(deepLink);
  const storeUrl = app && storeUrlOf(app, platform, link, deepLink);
  const elsewhere = platform === 'other' || storeUrl !== null ? null : destinationWithoutStore(link);
  return {
    id: link.id,
    code: link.code,
    shortUrl: link.shortUrl,
    deepLink,
    path: pathOf(deepLink),
    parameters,
    campaign: campaignIn(parameters),
    minVersion: app?.minVersion ?? null,
    storeUrl,
    webUrl: withVisitQuery(elsewhere ?? link.destination, query),
    customData: link.metadata,
  };
}

function storeUrlOf(
  app: OpenedApp,
  platform: VisitorPlatform,
  { appRouting, campaign }: LinkToOpen,
  deepLink: string,
): string | null {
  if (platform === 'ios') return appStoreUrl(app, false, appRouting);
  return androidStoreUrl(app, false, { campaign, gclid: appRouting.gclid, deepLink, clickId: null });
}

function pathOf(url: string): string {
  const path = URL.parse(url)?.pathname ?? '/';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function parametersOf(url: string): Record<string, string> {
  const named = pairsOf(splitUrl(url).query).flatMap((pair) => {
    const name = nameOf(pair);
    const equals = pair.indexOf('=');
    return name === '' ? [] : [[name, equals < 0 ? '' : decodeQueryText(pair.slice(equals + 1))] as const];
  });
  return Object.fromEntries(named);
}

function campaignIn(parameters: Readonly<Record<string, string>>): Campaign {
  const named = CAMPAIGN_FIELDS.flatMap((field) => {
    const value = parameters[`utm_${field}`];
    return value ? [[field, value]] : [];
  });
  return Object.fromEntries(named);
}
