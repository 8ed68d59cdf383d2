import { createHash } from 'node:crypto';
import type { AssociatedApp } from '../../apps/associated-apps.ts';
import type { Domain } from '../../links/domain.ts';
import type { Platform } from '../../links/link-app.ts';
import { androidFile } from './android-file.ts';
import { appleFile } from './apple-file.ts';
import { claimedInBrief, claimedUrls } from './claimed-urls.ts';
import type { UrlComponent } from './url-component.ts';

/** Apple reads no more of a file than this, uncompressed. Google names no limit; the same is asked of its file. */
export const LONGEST_FILE_BYTES = 128 * 1024;

/** A file as it is served. */
export interface AssociationFile {
  readonly body: Buffer;
  /** With its quotes. */
  readonly etag: string;
}

/** Apps that could be verified, and for which there is no room: by app id on iOS, by package on Android. */
export type LeftOut = { readonly [P in Platform]: readonly string[] };

/** What one host says about apps. */
export interface HostFiles {
  /** All whose links may stand on the host, those that cannot be verified included. */
  readonly apps: readonly AssociatedApp[];
  /** Undefined when no app can be verified. */
  readonly apple: AssociationFile | undefined;
  readonly android: AssociationFile | undefined;
  readonly leftOut: LeftOut;
}

/**
 * @param host the domains of one host, longest path prefix first
 * @param apps of the projects behind them, the oldest first: those that find no room are the newest
 * @param reserved first segments of paths that are no links
 */
export function hostFiles(
  host: readonly Domain[],
  apps: readonly AssociatedApp[],
  reserved: readonly string[],
): HostFiles {
  const sorted = [...reserved].sort();
  const whole = componentsBy(claimedUrls, host, sorted);
  const brief = componentsBy(claimedInBrief, host, sorted);
  const apple = asManyAsFit(apps, [(some) => appleFile(some, whole), (some) => appleFile(some, brief)]);
  const android = asManyAsFit(apps, [androidFile]);
  return {
    apps,
    apple: apple.file,
    android: android.file,
    leftOut: {
      ios: leftOut(apps, apple.named, (app) =>
        app.platform === 'ios' && app.teamId !== null && whole([app.projectId]).length > 0
          ? `${app.teamId}.${app.identifier}`
          : undefined,
      ),
      android: leftOut(apps, android.named, ({ platform, identifier, sha256CertFingerprints }) =>
        platform === 'android' && sha256CertFingerprints.length > 0 ? identifier : undefined,
      ),
    },
  };
}

/** Worked out once for all whose projects have the same of the domains: there may be thousands of apps. */
function componentsBy(
  claim: typeof claimedUrls,
  host: readonly Domain[],
  reserved: readonly string[],
): (projectIds: readonly number[]) => readonly UrlComponent[] {
  const owners = new Set(host.map(({ projectId }) => projectId));
  const byOwners = new Map<string, readonly UrlComponent[]>();
  const byText = new Map<string, readonly UrlComponent[]>();
  return (projectIds) => {
    const here = projectIds.filter((id) => owners.has(id)).sort((a, b) => a - b);
    const key = here.join();
    const known = byOwners.get(key);
    if (known) return known;
    const claimed = claim(host, ({ projectId }) => projectId === null || here.includes(projectId), reserved);
    const text = JSON.stringify(claimed);
    const components = byText.get(text) ?? claimed;
    byText.set(text, components);
    byOwners.set(key, components);
    return components;
  };
}

interface Fitted {
  readonly file: AssociationFile | undefined;
  /** The apps that have found room. */
  readonly named: readonly AssociatedApp[];
}

/** @param ways to say it, the one that says most first; the last is kept to when apps have to be left out */
function asManyAsFit(
  apps: readonly AssociatedApp[],
  ways: readonly ((apps: readonly AssociatedApp[]) => object | undefined)[],
): Fitted {
  let named = apps;
  let way = 0;
  for (;;) {
    const made = ways[way]?.(named);
    if (made === undefined) return { file: undefined, named: [] };
    const body = Buffer.from(JSON.stringify(made));
    if (body.byteLength <= LONGEST_FILE_BYTES) return { file: { body, etag: etagOf(body) }, named };
    if (way < ways.length - 1) way++;
    else named = named.slice(0, Math.floor((named.length * LONGEST_FILE_BYTES) / body.byteLength));
  }
}

/** @param nameOf of an app that belongs into the file */
function leftOut(
  apps: readonly AssociatedApp[],
  named: readonly AssociatedApp[],
  nameOf: (app: AssociatedApp) => string | undefined,
): string[] {
  if (named.length === apps.length) return [];
  const has = new Set(named.map(nameOf));
  const missing = apps.slice(named.length).flatMap((app) => nameOf(app) ?? []);
  return [...new Set(missing)].filter((name) => !has.has(name));
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
