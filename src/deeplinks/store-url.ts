import type { AppRouting, StoreParameter } from '../links/app-routing.ts';
import {
  asciiUrl,
  decodeQueryText,
  joinUrl,
  nameOf,
  pairsOf,
  splitUrl,
  urlHost,
} from '../links/destination.ts';
import { CAMPAIGN_FIELDS, type Campaign } from '../links/link.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { Device } from './device.ts';

const APP_STORE_HOSTS = new Set(['apps.apple.com', 'itunes.apple.com', 'geo.itunes.apple.com']);
const APP_STORE_PARAMETERS = ['at', 'ct', 'mt', 'pt'] as const satisfies readonly StoreParameter[];

/** Whether a store has the app for a device, as far as the link says. */
export function isInStore(app: OpenedApp, device: Device): boolean {
  return device.platform === 'android'
    ? androidPage(app, device.lacksGooglePlay) !== null
    : applePage(app, device.isIpad || device.mayBeIpad) !== null;
}

/**
 * Where the app is had on iPhones and iPads, or null when the link does not say. Affiliate and campaign parameters go
 * to Apple's own pages only, and only where the URL has none of that name.
 */
export function appStoreUrl(app: OpenedApp, isIpad: boolean, routing: AppRouting): string | null {
  const url = applePage(app, isIpad);
  if (url === null) return null;
  if (!APP_STORE_PARAMETERS.some((name) => routing[name] !== undefined)) return url;
  if (!APP_STORE_HOSTS.has(urlHost(url))) return url;
  const { base, query, fragment } = splitUrl(url);
  const taken = new Set(pairsOf(query).map(nameOf));
  const added = APP_STORE_PARAMETERS.flatMap((name) => {
    const value = routing[name];
    return value === undefined || taken.has(name) ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  return added.length === 0 ? url : joinUrl(base, [...(query ? [query] : []), ...added].join('&'), fragment);
}

function applePage({ storeUrl, appStoreId, ipadStoreUrl }: OpenedApp, isIpad: boolean): string | null {
  const known = (isIpad ? ipadStoreUrl : null) ?? storeUrl;
  if (known !== null) return asciiUrl(known);
  return appStoreId === null ? null : `https://apps.apple.com/app/id${appStoreId}`;
}

export interface Referral {
  readonly campaign: Campaign;
  readonly gclid: string | undefined;
  /** What the app is opened with: where link and routing say nothing of a campaign, its query does. */
  readonly deepLink: string;
  /** Null: no click is in hand. */
  readonly clickId: string | null;
}

/**
 * Where the app is had on Android, or null where that is Google Play and the phone has none. Google Play hands
 * `referrer` on to the app it installs: with the campaign, and with the click that the installation came from.
 */
export function androidStoreUrl(app: OpenedApp, lacksGooglePlay: boolean, referral: Referral): string | null {
  const url = androidPage(app, lacksGooglePlay);
  return url !== null && isOnPlay(url) ? withReferrer(url, referral) : url;
}

function androidPage({ storeUrl, identifier }: OpenedApp, lacksGooglePlay: boolean): string | null {
  const url =
    storeUrl === null
      ? `https://play.google.com/store/apps/details?id=${encodeURIComponent(identifier)}`
      : asciiUrl(storeUrl);
  return lacksGooglePlay && isOnPlay(url) ? null : url;
}

function isOnPlay(url: string): boolean {
  return urlHost(url) === 'play.google.com';
}

/** A referrer that is there already stays, and what it does not say is added at its end. */
function withReferrer(url: string, referral: Referral): string {
  const { base, query, fragment } = splitUrl(url);
  const pairs = pairsOf(query);
  const own = pairs.findIndex((pair) => nameOf(pair) === 'referrer' && pair.includes('='));
  const before = pairs[own] ?? 'referrer=';
  const value = before.slice(before.indexOf('=') + 1);
  const said = new Set(pairsOf(decodeQueryText(value)).map(nameOf));
  const added = referrerPairs(referral).filter((pair) => !said.has(nameOf(pair)));
  if (added.length === 0) return url;
  const told = `${before}${value === '' ? '' : '%26'}${encodeURIComponent(added.join('&'))}`;
  return joinUrl(base, (own < 0 ? [...pairs, told] : pairs.with(own, told)).join('&'), fragment);
}

/** All values together: visitors may write into the query. None is cut, because it would say something else. */
const LONGEST_PASSED_ON = 500;
const TOLD_NAMES = new Set(['gclid', ...CAMPAIGN_FIELDS.map((field) => `utm_${field}`)]);

function referrerPairs({ campaign, gclid, deepLink, clickId }: Referral): string[] {
  const query = pairsOf(splitUrl(deepLink).query).filter((pair) => TOLD_NAMES.has(nameOf(pair)));
  const pairs: string[] = [];
  let room = LONGEST_PASSED_ON;
  const tell = (name: string, own: string | undefined) => {
    if (own !== undefined) {
      pairs.push(`${name}=${encodeURIComponent(own)}`);
      return;
    }
    const pair = query.find((one) => nameOf(one) === name) ?? '';
    const value = encodeURIComponent(decodeQueryText(textOf(pair)));
    if (value === '' || value.length > room) return;
    room -= value.length;
    pairs.push(`${name}=${value}`);
  };
  for (const field of CAMPAIGN_FIELDS) tell(`utm_${field}`, campaign[field]);
  tell('gclid', gclid);
  if (clickId !== null) pairs.push(`click_id=${encodeURIComponent(clickId)}`);
  return pairs;
}

function textOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? '' : pair.slice(equals + 1);
}
