import { createHash } from 'node:crypto';
import type { AssociatedApp } from '../../apps/associated-apps.ts';
import type { Domain } from '../../links/domain.ts';
import { androidFile } from './android-file.ts';
import { appleFile } from './apple-file.ts';
import { claimedUrls } from './claimed-urls.ts';

/** Apple reads no more of a file than this, uncompressed. Google names no limit; the same is asked of its file. */
export const LONGEST_FILE_BYTES = 128 * 1024;

/** A file as it is served. */
export interface AssociationFile {
  readonly body: Buffer;
  /** With its quotes. */
  readonly etag: string;
}

/** What one host says about apps. */
export interface HostFiles {
  /** All whose links may stand on the host, those that cannot be verified included. */
  readonly apps: readonly AssociatedApp[];
  /** Undefined when no app can be verified. */
  readonly apple: AssociationFile | undefined;
  readonly android: AssociationFile | undefined;
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
  const components = (projectIds: readonly number[]) =>
    claimedUrls(
      host,
      ({ projectId }) => projectId === null || projectIds.includes(projectId),
      [...reserved].sort(),
    );
  return {
    apps,
    apple: asManyAsFit(apps, (some) => appleFile(some, components)),
    android: asManyAsFit(apps, androidFile),
  };
}

function asManyAsFit(
  apps: readonly AssociatedApp[],
  make: (apps: readonly AssociatedApp[]) => object | undefined,
): AssociationFile | undefined {
  let some = apps;
  for (;;) {
    const made = make(some);
    if (made === undefined) return undefined;
    const body = Buffer.from(JSON.stringify(made));
    if (body.byteLength <= LONGEST_FILE_BYTES) return { body, etag: etagOf(body) };
    some = some.slice(0, Math.floor((some.length * LONGEST_FILE_BYTES) / body.byteLength));
  }
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
