import { z } from 'zod';
import { type AssociatedApp, listAssociatedApps } from '../../apps/associated-apps.ts';
import type { Link } from '../../links/link.ts';
import type { LinkApp, Platform } from '../../links/link-app.ts';
import type { ApiContext } from '../api-context.ts';
import { appId } from './app-schema.ts';

const explainedApp = z
  .object({
    source: z
      .enum(['saved', 'link'])
      .meta({ description: 'A saved app that is followed, or described by the link' }),
    savedAppId: appId.nullable(),
    identifier: z.string(),
    associated: z
      .boolean()
      .meta({ description: 'Whether the system can be told that the app belongs to the short domain' }),
    missing: z
      .array(z.string())
      .meta({ description: 'What the link cannot do on this platform, and what would let it' }),
  })
  .nullable();

export const explainedApps = z
  .object({ ios: explainedApp, android: explainedApp })
  .meta({ id: 'ExplainedApps' });

export type ExplainedApps = z.infer<typeof explainedApps>;

/** The apps of a link: where each comes from, and what it lacks to be opened. */
export async function explainApps(
  { database }: Pick<ApiContext, 'database'>,
  { projectId, apps }: Pick<Link, 'projectId' | 'apps'>,
): Promise<ExplainedApps> {
  const { ios, android } = apps;
  if (ios === null && android === null) return { ios: null, android: null };
  const identities = await listAssociatedApps(database, [projectId]);
  return {
    ios: explainApp('ios', ios, identities),
    android: explainApp('android', android, identities),
  };
}

function explainApp(
  platform: Platform,
  app: LinkApp | null,
  identities: readonly AssociatedApp[],
): ExplainedApps['ios'] {
  if (app === null) return null;
  const associated = isAssociated(platform, app.identifier, identities);
  return {
    source: app.savedAppId === null ? 'link' : 'saved',
    savedAppId: app.savedAppId,
    identifier: app.identifier,
    associated,
    missing: [...missingOf(platform, app, associated), ...missingOnIpads(app, identities)],
  };
}

/** Whether a saved app of the project says what the association file of its platform needs. */
export function isAssociated(
  platform: Platform,
  identifier: string,
  identities: readonly AssociatedApp[],
): boolean {
  return identities.some(
    (one) =>
      one.platform === platform &&
      one.identifier === identifier &&
      (platform === 'ios' ? one.teamId !== null : one.sha256CertFingerprints.length > 0),
  );
}

/** Of the app that iPads open, where it is another one. */
function missingOnIpads({ ipadIdentifier }: LinkApp, identities: readonly AssociatedApp[]): string[] {
  if (ipadIdentifier === null || isAssociated('ios', ipadIdentifier, identities)) return [];
  return [
    `No saved app with the bundle id ${ipadIdentifier} has a teamId, so iPads cannot open it by themselves (universal links): save it, with its teamId.`,
  ];
}

/** Sentences for people; each says what to do. */
function missingOf(platform: Platform, app: LinkApp, associated: boolean): string[] {
  const { identifier, customScheme, storeUrl, appStoreId } = app;
  const missing: string[] = [];
  if (!associated) {
    missing.push(
      platform === 'ios'
        ? `No saved app with the bundle id ${identifier} has a teamId, so iOS cannot open it by itself (universal links): add the teamId to the saved app.`
        : `No saved app with the package name ${identifier} has sha256CertFingerprints, so Android cannot open it by itself (app links): add them to the saved app.`,
    );
  }
  if (platform === 'ios' && customScheme === null) {
    missing.push('There is no customScheme, so a page cannot open the app: add one if the app has one.');
  }
  if (platform === 'ios' && storeUrl === null && appStoreId === null) {
    missing.push('There is neither a storeUrl nor an appStoreId: people without the app go to the web.');
  }
  return missing;
}
