import type { KnownApp } from '../links/known-apps.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { AppIdentity } from './app-identity.ts';

/** What a saved app says of itself, where a link only names it. */
export type SavedIpadApp = Pick<KnownApp, 'storeUrl' | 'appStoreId' | 'customScheme'>;

/** The apps of a link; `ipad` is there only where iPads open another app than iPhones. */
export interface AppsOnDevices {
  readonly ios: OpenedApp | null;
  readonly android: OpenedApp | null;
  readonly ipad?: OpenedApp | undefined;
}

/**
 * Pure. The app that iPads open instead of the one for iPhones. Where it is saved under its bundle id, it says itself how
 * it is opened and where it is had; what it does not say, and all of it where it is not saved, is as the link says. A
 * scheme that is only the bundle id again (as Firebase has it) is that of the app in hand.
 *
 * @returns undefined when the link names none
 */
export function ipadApp(ios: OpenedApp | null, saved: SavedIpadApp | undefined): OpenedApp | undefined {
  if (ios?.ipadIdentifier == null) return undefined;
  const named = ios.customScheme === ios.identifier ? ios.ipadIdentifier : ios.customScheme;
  const isSomewhere = saved !== undefined && (saved.storeUrl !== null || saved.appStoreId !== null);
  return {
    ...ios,
    identifier: ios.ipadIdentifier,
    customScheme: saved?.customScheme ?? named,
    storeUrl: isSomewhere ? saved.storeUrl : ios.storeUrl,
    appStoreId: isSomewhere ? saved.appStoreId : ios.appStoreId,
  };
}

/** Pure. The apps as one that asks has to see them: one that can only be the iPad's is told of the iPad's. */
export function appsFor(apps: AppsOnDevices, asking: readonly AppIdentity[] | null): AppsOnDevices {
  const { ios, ipad } = apps;
  if (!ipad || !asking) return apps;
  const isOneOf = (wanted: string | undefined) =>
    asking.some(({ platform, identifier }) => platform === 'ios' && identifier === wanted);
  if (!isOneOf(ipad.identifier) || isOneOf(ios?.identifier)) return apps;
  return { ...apps, ios: { ...ipad, storeUrl: ipad.ipadStoreUrl ?? ipad.storeUrl } };
}
