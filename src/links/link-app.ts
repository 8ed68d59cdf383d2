import type { Tx } from '../db/database.ts';
import type { FieldProblem } from '../errors.ts';
import { httpUrlProblem } from './destination.ts';
import { isForeignScheme } from './foreign-schemes.ts';
import { textProblem } from './text.ts';

export const PLATFORMS = ['ios', 'android'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** How to reach an app: what a saved app and a link that describes its own have in common. */
export interface AppDetails {
  /** iOS bundle id or Android package name. */
  readonly identifier: string;
  /** Where visitors without the app go. */
  readonly storeUrl: string | null;
  /** The digits of the App Store; iOS only. */
  readonly appStoreId: string | null;
  /** Lowest version of the app itself. Handed to the app, which compares; never compared here. */
  readonly minVersion: string | null;
}

/** How a link opens an app: what only a link that describes its own app can say of it stands here. */
export interface OpenedApp extends AppDetails {
  /** `myapp` of `myapp://`; of a saved app its own. */
  readonly customScheme: string | null;
  /** What the app is opened with on this platform, where that is not the destination. */
  readonly deepLink: string | null;
  /** Another app, and another place to get it, for iPads; iOS only. */
  readonly ipadIdentifier: string | null;
  readonly ipadStoreUrl: string | null;
}

/** The app a link opens on one platform, as it is now: a saved app is followed, not copied. */
export interface LinkApp extends OpenedApp {
  /** Public id of the saved app, or null when the link describes the app itself. */
  readonly savedAppId: string | null;
}

export type LinkApps = { readonly [P in Platform]: LinkApp | null };

export interface AppDetailsInput {
  readonly identifier: string;
  readonly storeUrl?: string | null | undefined;
  readonly appStoreId?: string | null | undefined;
  readonly minVersion?: string | null | undefined;
  readonly customScheme?: string | null | undefined;
  readonly deepLink?: string | null | undefined;
  readonly ipadIdentifier?: string | null | undefined;
  readonly ipadStoreUrl?: string | null | undefined;
}

/**
 * What a caller wants done with the app of one platform: follow a saved one, describe one, none at all, or none any
 * more of one kind (a surface with a field for each kind can empty only the one it names).
 */
export type LinkAppInput =
  | { readonly savedAppId: string }
  | AppDetailsInput
  | { readonly without: 'saved' | 'described' }
  | null;

/** Names a saved app of the project by its row. */
export interface SavedApps {
  /** @returns undefined when the project has no such app on that platform */
  find(
    tx: Tx,
    projectId: number,
    platform: Platform,
    publicId: string,
  ): Promise<(LinkApp & { readonly id: number }) | undefined>;
}

/** What is wrong with a link that follows an app which is none of the project's. @param path of the link */
export function unknownAppProblem(platform: Platform, path: string): FieldProblem {
  const called = platform === 'ios' ? 'iOS' : 'Android';
  return {
    field: `${path}apps.${platform}.savedAppId`,
    message: `does not reference an ${called} app in this project`,
  };
}

/** RFC 3986, section 3.1. */
const SCHEME = /^[a-z][a-z0-9+.-]{0,49}$/i;

const LONGEST_IDENTIFIER = 155;
/** Letters, digits, `-` and `.` (Apple, CFBundleIdentifier). */
const BUNDLE_ID = /^[A-Za-z0-9.-]+$/;
/** Segments that begin with a letter, at least two of them (Android, application id). */
const PACKAGE_NAME = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$/;

/** What is wrong with an app's details, field by field below `path`. */
export function appDetailsProblems(platform: Platform, input: AppDetailsInput, path: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const check = (field: string, problem: string | undefined) => {
    if (problem !== undefined) problems.push({ field: `${path}${field}`, message: problem });
  };
  const { identifier, storeUrl, appStoreId, minVersion } = input;
  const { customScheme, deepLink, ipadIdentifier, ipadStoreUrl } = input;
  check('identifier', identifierProblem(platform, identifier));
  if (storeUrl != null) check('storeUrl', httpUrlProblem(storeUrl));
  if (appStoreId != null) check('appStoreId', appStoreIdProblem(platform, appStoreId));
  if (minVersion != null) check('minVersion', textProblem(minVersion, { min: 1, max: 50 }));
  if (customScheme != null) check('customScheme', customSchemeProblem(customScheme));
  if (deepLink != null) check('deepLink', httpUrlProblem(deepLink));
  if (ipadIdentifier != null) {
    check('ipadIdentifier', platform === 'ios' ? identifierProblem('ios', ipadIdentifier) : FOR_IOS);
  }
  if (ipadStoreUrl != null) {
    check('ipadStoreUrl', platform === 'ios' ? httpUrlProblem(ipadStoreUrl) : FOR_IOS);
  }
  return problems;
}

const FOR_IOS = 'belongs to iOS apps';

/** What is wrong with a URL scheme of somebody's own app, or undefined. */
export function customSchemeProblem(scheme: string): string | undefined {
  if (SCHEME.test(scheme) && !isForeignScheme(scheme)) return undefined;
  return 'must be a URL scheme of your own, such as myapp';
}

/** What is wrong with a bundle id or a package name, or undefined. */
export function identifierProblem(platform: Platform, identifier: string): string | undefined {
  const wanted = platform === 'ios' ? 'a bundle id' : 'a package name';
  const pattern = platform === 'ios' ? BUNDLE_ID : PACKAGE_NAME;
  if (identifier.length <= LONGEST_IDENTIFIER && pattern.test(identifier)) return undefined;
  return `must be ${wanted} such as com.example.app, of at most ${LONGEST_IDENTIFIER} characters`;
}

function appStoreIdProblem(platform: Platform, appStoreId: string): string | undefined {
  if (platform !== 'ios') return FOR_IOS;
  return /^\d{1,20}$/.test(appStoreId) ? undefined : 'must be the digits of the App Store, such as 123456789';
}
