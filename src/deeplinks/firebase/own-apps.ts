import type { KnownApp } from '../../links/known-apps.ts';
import type { OpenedApp } from '../../links/link-app.ts';
import { opensByOwnScheme, ownSchemes, schemeNamedAs } from '../own-schemes.ts';
import { appStoreIdOf, isForeignStorePage } from '../store-page.ts';
import type { FirebaseLink } from './firebase-link.ts';

/**
 * Pure. The link with what leads to apps of others taken away. Where the project has saved apps of a platform, only those
 * are opened there, by schemes of their own, and only their pages in the store are shown; where it has saved none, nobody
 * can tell.
 */
export function withOwnAppsOnly(link: FirebaseLink, saved: readonly KnownApp[]): FirebaseLink {
  const { ios, android } = link.apps;
  const apps = {
    ios: ios && isOwn(ios, of('ios', saved), saved) ? withOwnScheme(ios, of('ios', saved)) : null,
    android: android && isOwn(android, of('android', saved), saved) ? android : null,
  };
  const { desktopUrl } = link;
  const isForeign = desktopUrl !== null && isForeignStorePage(desktopUrl, saved);
  return { ...link, apps, desktopUrl: isForeign ? null : desktopUrl };
}

function of(platform: KnownApp['platform'], saved: readonly KnownApp[]): readonly KnownApp[] {
  return saved.filter((app) => app.platform === platform);
}

/** What the saved app says of its scheme goes before the guess that it is named as its bundle id. */
function withOwnScheme(app: OpenedApp, own: readonly KnownApp[]): OpenedApp {
  if (own.length === 0) return app;
  const [first] = ownSchemes({ ...app, ipadIdentifier: null }, own);
  const isGuess = app.customScheme === null || (app.customScheme === app.identifier && first !== undefined);
  if (!isGuess && opensByOwnScheme(app, own)) return app;
  return { ...app, customScheme: first ?? schemeNamedAs(app.identifier) };
}

function isOwn(app: OpenedApp, own: readonly KnownApp[], saved: readonly KnownApp[]): boolean {
  for (const url of [app.storeUrl, app.ipadStoreUrl]) {
    if (url !== null && isForeignStorePage(url, saved)) return false;
  }
  if (own.length === 0) return true;
  const found = own.filter(({ identifier }) => identifier === app.identifier);
  if (found.length === 0) return false;
  const { ipadIdentifier, appStoreId } = app;
  if (ipadIdentifier !== null && !own.some(({ identifier }) => identifier === ipadIdentifier)) return false;
  // One app may be saved more than once.
  return appStoreId === null || found.some((one) => [null, appStoreId].includes(appStoreIdOf(one)));
}
