import { CAMPAIGN_FIELDS } from '../../links/link.ts';
import type { AppDetails, LinkAppInput, Platform } from '../../links/link-app.ts';
import type { LinkInput } from '../../links/link-input.ts';
import type { Payload, WrittenLink } from './link-schema.ts';

/** What was written, in the core's words. Sections that are absent stay absent, and so are left alone. */
export function linkInput({ name, payload, expiresAt }: WrittenLink): LinkInput {
  return {
    destination: payload.link,
    title: name === undefined ? undefined : (name ?? ''),
    settings: expiresAt === undefined ? undefined : { endsAt: expiresAt },
    campaign: campaignInput(payload.campaign),
    social: socialInput(payload.social),
    apps: {
      ios: appInput(payload.iosAppId, payload.ios && iosDetails(payload.ios)),
      android: appInput(payload.androidAppId, payload.android && androidDetails(payload.android)),
    },
    desktopUrl: payload.desktop_fallback,
  };
}

/** The section replaces what was: fields that are not in it are emptied. */
function campaignInput(campaign: Payload['campaign']): LinkInput['campaign'] {
  if (campaign === undefined) return undefined;
  return Object.fromEntries(CAMPAIGN_FIELDS.map((field) => [field, campaign?.[`utm_${field}`] ?? null]));
}

function socialInput(social: Payload['social']): LinkInput['social'] {
  return social && { title: social.title, description: social.description, imageUrl: social.image };
}

/** Two fields for one place: a saved app wins over a described one, and each `null` empties only its own kind. */
function appInput(
  savedAppId: string | null | undefined,
  described: AppDetails | null | undefined,
): LinkAppInput | undefined {
  // Identifiers are written in capitals by some platforms, and are the same.
  if (savedAppId != null) return { savedAppId: savedAppId.toLowerCase() };
  if (described != null) return described;
  if (savedAppId === null && described === null) return null;
  if (savedAppId === null) return { without: 'saved' };
  return described === null ? { without: 'described' } : undefined;
}

function iosDetails(ios: NonNullable<Payload['ios']>): AppDetails {
  return {
    identifier: ios.bundleId,
    storeUrl: ios.app_store_fallback ?? null,
    appStoreId: ios.app_store_id ?? ios.appStoreId ?? ios.appstore_id ?? null,
    minVersion: ios.min_version ?? null,
  };
}

function androidDetails(android: NonNullable<Payload['android']>): AppDetails {
  return {
    identifier: android.package,
    storeUrl: android.store_fallback ?? null,
    appStoreId: null,
    minVersion: android.min_version ?? null,
  };
}

export interface AppToKeep {
  readonly platform: Platform;
  readonly name: string;
  readonly details: AppDetails;
}

/** The apps that the client describes here and wants kept for other links. */
export function appsToKeep({ ios, android, iosAppId, androidAppId }: Payload): AppToKeep[] {
  const kept: AppToKeep[] = [];
  if (iosAppId == null && ios?.saveApp && ios.appName !== undefined)
    kept.push({ platform: 'ios', name: ios.appName, details: iosDetails(ios) });
  if (androidAppId == null && android?.saveApp && android.appName !== undefined)
    kept.push({ platform: 'android', name: android.appName, details: androidDetails(android) });
  return kept;
}
