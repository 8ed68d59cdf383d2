import type { Tx } from '../db/database.ts';
import type { FieldProblem } from '../errors.ts';
import {
  type LinkApp,
  type LinkApps,
  type OpenedApp,
  PLATFORMS,
  type Platform,
  type SavedApps,
  unknownAppProblem,
} from './link-app.ts';
import type { LinkInput } from './link-input.ts';

/** A saved app comes with its row's id. */
type ResolvedApp = LinkApp & { readonly id?: number };
type ResolvedApps = { readonly [P in Platform]?: ResolvedApp | null };

export interface AppColumns {
  readonly ios_app_id?: number | null;
  readonly android_app_id?: number | null;
  readonly app_details: string;
}

export function withoutRowIds(apps: ResolvedApps): Partial<LinkApps> {
  return Object.fromEntries(
    Object.entries(apps).map(([platform, app]) => {
      if (!app) return [platform, null];
      const { id: _, ...shown } = app;
      return [platform, shown];
    }),
  );
}

/** Only what has changed of the references; the described apps as a whole. */
export function appColumns(changed: ResolvedApps, before?: LinkApps): AppColumns {
  const described: { [P in Platform]?: OpenedApp } = {};
  for (const platform of PLATFORMS) {
    const app = changed[platform] === undefined ? before?.[platform] : changed[platform];
    if (!app || app.savedAppId !== null) continue;
    const { identifier, storeUrl, appStoreId, minVersion } = app;
    const { customScheme, deepLink, ipadIdentifier, ipadStoreUrl } = app;
    const details = { identifier, storeUrl, appStoreId, minVersion };
    described[platform] = { ...details, customScheme, deepLink, ipadIdentifier, ipadStoreUrl };
  }
  return {
    ...(changed.ios === undefined ? {} : { ios_app_id: changed.ios?.id ?? null }),
    ...(changed.android === undefined ? {} : { android_app_id: changed.android?.id ?? null }),
    app_details: JSON.stringify(described),
  };
}

/** What becomes of the apps a caller mentions, and what is wrong with each that is none of the project's. */
export async function resolveApps(
  tx: Tx,
  saved: SavedApps,
  projectId: number,
  input: LinkInput['apps'],
  path: string,
  before: LinkApps = { ios: null, android: null },
): Promise<{ readonly resolved: ResolvedApps; readonly problems: readonly FieldProblem[] }> {
  const resolved: { [P in Platform]?: ResolvedApp | null } = {};
  const problems: FieldProblem[] = [];
  for (const platform of PLATFORMS) {
    const wanted = input?.[platform];
    if (wanted === undefined) continue;
    if (wanted === null) resolved[platform] = null;
    else if ('savedAppId' in wanted) {
      const found = await saved.find(tx, projectId, platform, wanted.savedAppId);
      if (found) resolved[platform] = found;
      else problems.push(unknownAppProblem(platform, path));
    } else if ('identifier' in wanted) {
      const { identifier, storeUrl = null, appStoreId = null, minVersion = null } = wanted;
      const { customScheme = null, deepLink = null, ipadIdentifier = null, ipadStoreUrl = null } = wanted;
      const details = { identifier, storeUrl, appStoreId, minVersion };
      const opening = { customScheme, deepLink, ipadIdentifier, ipadStoreUrl };
      resolved[platform] = { savedAppId: null, ...details, ...opening };
    } else {
      const now = before[platform];
      const isOfThatKind = now !== null && (now.savedAppId !== null) === (wanted.without === 'saved');
      if (isOfThatKind) resolved[platform] = null;
    }
  }
  return { resolved, problems };
}

/** What a query for links selects of apps. */
export interface SelectedApps {
  readonly app_details: string;
  readonly ios_public_id: string | null;
  readonly ios_identifier: string | null;
  readonly ios_store_url: string | null;
  readonly ios_app_store_id: string | null;
  readonly ios_min_version: string | null;
  readonly ios_custom_scheme: string | null;
  readonly android_public_id: string | null;
  readonly android_identifier: string | null;
  readonly android_store_url: string | null;
  readonly android_min_version: string | null;
  readonly android_custom_scheme: string | null;
}

/** What a saved app does not say: that is the link's. */
const NOTHING_OF_ITS_OWN = { deepLink: null, ipadIdentifier: null, ipadStoreUrl: null };
const UNSAID = { customScheme: null, ...NOTHING_OF_ITS_OWN };

/** The apps a link describes, as they are stored; what was written before there were custom schemes says nothing of them. */
export function describedApps(json: string): { readonly [P in Platform]?: OpenedApp } {
  const stored: { readonly [P in Platform]?: OpenedApp } = JSON.parse(json);
  return {
    ...(stored.ios ? { ios: { ...UNSAID, ...stored.ios } } : {}),
    ...(stored.android ? { android: { ...UNSAID, ...stored.android } } : {}),
  };
}

/** A saved app that lives, else what the link describes itself. */
export function appsFromRow(row: SelectedApps): LinkApps {
  const details = describedApps(row.app_details);
  const described = (platform: Platform): LinkApp | null =>
    details[platform] ? { ...details[platform], savedAppId: null } : null;
  return {
    ios: row.ios_public_id
      ? {
          savedAppId: row.ios_public_id,
          identifier: row.ios_identifier ?? '',
          storeUrl: row.ios_store_url,
          appStoreId: row.ios_app_store_id,
          minVersion: row.ios_min_version,
          customScheme: row.ios_custom_scheme,
          ...NOTHING_OF_ITS_OWN,
        }
      : described('ios'),
    android: row.android_public_id
      ? {
          savedAppId: row.android_public_id,
          identifier: row.android_identifier ?? '',
          storeUrl: row.android_store_url,
          appStoreId: null,
          minVersion: row.android_min_version,
          customScheme: row.android_custom_scheme,
          ...NOTHING_OF_ITS_OWN,
        }
      : described('android'),
  };
}
