import type { AppRouting } from '../links/app-routing.ts';
import type { Campaign } from '../links/link.ts';
import type { OpenedApp } from '../links/link-app.ts';
import { intentUrl, schemeUrl } from './app-url.ts';
import type { Device, InAppBrowser } from './device.ts';
import type { AppsOnDevices } from './ipad-app.ts';
import { isLeavable, type LeavableBrowser } from './own-browser.ts';
import { androidStoreUrl, appStoreUrl } from './store-url.ts';

/**
 * What a link that opens an app has to say about where it leads. URLs have their campaign parameters already and are
 * plain ASCII, but for those of `app`.
 */
export interface AppLink {
  /** Where the web goes, for the device that the app is for. */
  readonly destination: string;
  /** Where it goes for what turns out to be a Mac. */
  readonly desktopDestination: string;
  /** What the app is opened with. */
  readonly deepLink: string;
  /** The app for the device in hand: that of `appFor`. */
  readonly app: OpenedApp;
  readonly routing: AppRouting;
  readonly campaign: Campaign;
}

/** What a route depends on besides link and device. */
export interface RoutedVisit {
  /** Handed to the store, so that the app learns after its installation which click it came from. */
  readonly clickId: string;
  /** May be handed to the device's real browser: it has not been, and nothing was unlocked in this one. */
  readonly mayLeave: boolean;
  /** Whether a URL leads to this installation again: no browser goes on there because an app is missing. */
  readonly leadsHere: (url: string) => boolean;
}

/** Where a visitor of such a link is sent. Every URL is plain ASCII and fit for a `Location`. */
export type AppRoute =
  /** There is no app for this device: the destination, as for any link. */
  | { readonly via: 'web' }
  /** At once: to the app store, into the app, or out of an app's own browser. */
  | {
      readonly via: 'store' | 'app';
      readonly url: string;
      /** An http(s) URL that does for whoever cannot follow `url`, and for pages that stand before it. */
      readonly fallback: string;
    }
  /** The same short link again, in the device's real browser. */
  | { readonly via: 'browser'; readonly browser: LeavableBrowser; readonly fallback: string }
  /** By a page, because a redirect would not work. */
  | ({ readonly via: 'page'; readonly fallback: string } & OpeningPage);

/** Where a link with an app can lead on a device, whichever of it a visit gets. */
export interface AppWays {
  /** Opens the app; null where nothing of the kind is known, or only a page could have it and none is to be shown. */
  readonly appUrl: string | null;
  readonly storeUrl: string | null;
  readonly webUrl: string;
}

/** What an opening page offers; each is a link that a person can tap. */
export interface OpeningPage extends AppWays {
  /** Tries `appUrl` once by itself, where the page has a script. */
  readonly opensByItself: boolean;
  /** Where anything without a touch screen goes at once (a Mac, and no iPad); null: the page is for whoever gets it. */
  readonly withoutTouchUrl: string | null;
}

const TO_THE_WEB: AppRoute = { via: 'web' };

/** In-app browsers on Android that follow `intent:` and its fallback. Of others nobody says what they do with it. */
const FOLLOW_INTENTS = new Set<InAppBrowser>(['kakaotalk', 'naver']);

/** The app a device could open: a Mac that may be an iPad could open that of an iPad. */
export function appFor(apps: AppsOnDevices, device: Device): OpenedApp | null {
  if (device.platform === 'android') return apps.android;
  if (device.isIpad || device.mayBeIpad) return apps.ipad ?? apps.ios;
  return device.platform === 'ios' ? apps.ios : null;
}

/**
 * Where a visitor of a link with an app is sent: the app if it can be opened, else its store, else the web. That the app
 * is there and has the short domain as its own is never seen here: the system opens it without asking us. So a visit
 * means that it is not, or that a browser stands in between which does not let the system know.
 */
export function routeToApp(link: AppLink, device: Device, visit: RoutedVisit): AppRoute {
  return device.platform === 'android'
    ? routeOnAndroid(link, device, visit)
    : routeOnIos(link, device, visit);
}

/** What there is to choose from: `routeToApp` leads nowhere else. */
export function waysToApp(link: AppLink, device: Device, clickId: string): AppWays {
  const { app, destination: webUrl, deepLink, routing, campaign } = link;
  if (device.platform === 'android') {
    const referral = { campaign, gclid: routing.gclid, deepLink, clickId };
    const storeUrl = androidStoreUrl(app, device.lacksGooglePlay, referral);
    return { appUrl: intentUrl(deepLink, app, storeUrl ?? webUrl), storeUrl, webUrl };
  }
  const storeUrl = appStoreUrl(app, device.isIpad || device.mayBeIpad, routing);
  const appUrl = routing.forceRedirect ? null : schemeUrl(deepLink, app.customScheme);
  return { appUrl, storeUrl, webUrl };
}

/**
 * @NOTE A scheme that no app has taken makes Safari show an error, and nobody can know beforehand: it is for a person to
 * tap, never for a redirect.
 */
function routeOnIos(link: AppLink, device: Device, { clickId, mayLeave }: RoutedVisit): AppRoute {
  const { routing } = link;
  const { appUrl, storeUrl, webUrl } = waysToApp(link, device, clickId);
  const offer = { appUrl, storeUrl, webUrl, opensByItself: false };
  if (device.mayBeIpad) {
    if (routing.forceRedirect || (appUrl === null && storeUrl === null)) return TO_THE_WEB;
    const { desktopDestination } = link;
    return { via: 'page', fallback: desktopDestination, ...offer, withoutTouchUrl: desktopDestination };
  }
  const fallback = storeUrl ?? webUrl;
  if (mayLeave && isLeavable(device.inApp)) return { via: 'browser', browser: device.inApp, fallback };
  if (appUrl !== null) return { via: 'page', fallback, ...offer, withoutTouchUrl: null };
  return storeUrl === null ? TO_THE_WEB : { via: 'store', url: storeUrl, fallback };
}

function routeOnAndroid(
  link: AppLink,
  device: Device,
  { clickId, mayLeave, leadsHere }: RoutedVisit,
): AppRoute {
  const { routing } = link;
  const { inApp } = device;
  const { appUrl, storeUrl, webUrl } = waysToApp(link, device, clickId);
  const fallback = storeUrl ?? webUrl;
  if (mayLeave && isLeavable(inApp)) return { via: 'browser', browser: inApp, fallback };
  // Where the app is missing, the browser goes on to the fallback: in a circle, if that leads here again.
  const followsIntents = (inApp === null || FOLLOW_INTENTS.has(inApp)) && !leadsHere(fallback);
  if (followsIntents && appUrl !== null && (inApp === null || routing.forceRedirect)) {
    return { via: 'app', url: appUrl, fallback };
  }
  if (appUrl === null || routing.forceRedirect) {
    return storeUrl === null ? TO_THE_WEB : { via: 'store', url: storeUrl, fallback };
  }
  const offer = { appUrl, storeUrl, webUrl, opensByItself: followsIntents };
  return { via: 'page', fallback, ...offer, withoutTouchUrl: null };
}
