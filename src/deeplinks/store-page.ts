import { urlHost } from '../links/destination.ts';
import type { KnownApp } from '../links/known-apps.ts';
import { isStoreHost } from '../links/known-hosts.ts';
import type { Platform } from '../links/link-app.ts';

const GOOGLE_PLAY = 'play.google.com';
/** `/app/id1`, `/kr/app/name/id1`; a name that holds an encoded slash could be read in two ways. */
const APPLE_PATH = /^(?:\/[a-z]{2})?\/app\/(?:(?![^/]*%2f)[^/]+\/)?id(\d{1,20})\/?$/i;

/** Pure. Whether a URL is the page of one of these apps in an app store; elsewhere none is. */
export function isStorePageOf(url: string, apps: readonly KnownApp[]): boolean {
  const platform = storeOf(url);
  if (platform === undefined) return false;
  const own = apps.filter((app) => app.platform === platform);
  if (own.some(({ storeUrl }) => storeUrl === url)) return true;
  if (platform === 'android') {
    const identifier = packageOnPage(url);
    return own.some((app) => app.identifier === identifier);
  }
  const id = appStoreIdOnPage(url);
  return id !== undefined && own.some((app) => appStoreIdOf(app) === id);
}

/**
 * Pure. Whether a URL is the page of an app in an app store, where the project has saved apps of that store and this is
 * none of them. Of an iOS app that does not say where it is had, any page may be the right one.
 */
export function isForeignStorePage(url: string, saved: readonly KnownApp[]): boolean {
  const platform = storeOf(url);
  if (platform === undefined) return false;
  const own = saved.filter((app) => app.platform === platform);
  if (own.length === 0) return false;
  if (platform === 'ios' && own.some((app) => appStoreIdOf(app) === null)) return false;
  return !isStorePageOf(url, own);
}

/** Pure. Whether a URL is the page of an app, anybody's, in an app store: other pages there lead on to anywhere. */
export function isAppPage(url: string): boolean {
  switch (storeOf(url)) {
    case 'android':
      return Boolean(packageOnPage(url));
    case 'ios':
      return appStoreIdOnPage(url) !== undefined;
    default:
      return false;
  }
}

/** The digits of the App Store, said as such or in the URL of the page. */
export function appStoreIdOf({ appStoreId, storeUrl }: KnownApp): string | null {
  if (appStoreId !== null) return appStoreId;
  const isPage = storeUrl !== null && storeOf(storeUrl) === 'ios';
  return isPage ? (appStoreIdOnPage(storeUrl) ?? null) : null;
}

function storeOf(url: string): Platform | undefined {
  const host = urlHost(url);
  if (!isStoreHost(host)) return undefined;
  return host === GOOGLE_PLAY ? 'android' : 'ios';
}

function packageOnPage(url: string): string | undefined {
  const { pathname, searchParams } = new URL(url);
  if (!/^\/store\/apps\/details\/?$/.test(pathname)) return undefined;
  const ids = searchParams.getAll('id');
  return ids.length === 1 ? ids[0] : undefined;
}

function appStoreIdOnPage(url: string): string | undefined {
  return APPLE_PATH.exec(new URL(url).pathname)?.[1];
}
