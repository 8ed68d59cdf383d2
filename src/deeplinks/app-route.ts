import type { AppRouting } from '../links/app-routing.ts';
import { joinUrl } from '../links/destination.ts';
import type { Campaign } from '../links/link.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { Device } from './device.ts';

/** What a link that opens apps has to say about where it leads. URLs have their campaign parameters already. */
export interface AppLink {
  /** Where the web goes, for the device in hand. */
  readonly destination: string;
  /** What an app is opened with. */
  readonly deepLink: string;
  readonly ios: OpenedApp | null;
  readonly android: OpenedApp | null;
  readonly routing: AppRouting;
  readonly campaign: Campaign;
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
  | { readonly via: 'browser'; readonly browser: 'kakaotalk' | 'line'; readonly fallback: string }
  /** By a page, because a redirect would not work. */
  | ({ readonly via: 'page'; readonly fallback: string } & OpeningPage);

/** What an opening page offers; each is a link that a person can tap. */
export interface OpeningPage {
  /** Opens the app; null where nothing of the kind is known. */
  readonly appUrl: string | null;
  readonly storeUrl: string | null;
  readonly webUrl: string;
  /** Tries `appUrl` once by itself, where the page has a script. */
  readonly opensByItself: boolean;
  /** Only for touch screens: anything else goes on to `webUrl` at once (a Mac that may be an iPad). */
  readonly onlyForTouch: boolean;
}

/**
 * Where a visitor of a link with apps is sent: the app if it can be opened, else its store, else the web. That the app
 * is there and has the short domain as its own is never seen here: the system opens it without asking us.
 *
 * @param clickId handed to the store, so that the app learns after its installation which click it came from
 */
export function routeToApp(link: AppLink, device: Device, clickId: string): AppRoute {
  const app = device.platform === 'ios' ? link.ios : device.platform === 'android' ? link.android : null;
  const url = app?.storeUrl;
  if (!app || !url) return { via: 'web' };
  const told = joinUrl(url, `click_id=${clickId}`, '');
  return { via: 'store', url: told, fallback: told };
}
