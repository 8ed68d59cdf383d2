import type { AssociatedApp } from '../../apps/associated-apps.ts';
import type { UrlComponent } from './url-component.ts';

/** Apple's cache asks there; older systems ask at the root. */
export const APPLE_PATH = '/.well-known/apple-app-site-association';

interface Details {
  readonly appIDs: readonly string[];
  readonly components: readonly UrlComponent[];
}

/** `apple-app-site-association`, as far as links are concerned. */
export interface AppleFile {
  readonly applinks: {
    /** Always empty; iOS 12 reads the file only if it is there. */
    readonly apps: readonly never[];
    readonly details: readonly Details[];
  };
}

/**
 * The apps of one host. Each stands in it once (of several details for one app iOS takes the first), together with
 * all others that may open the same URLs.
 *
 * @param componentsFor the URLs that apps of some projects may open; none when there are none, and the same list for
 *   the same URLs
 * @returns undefined when there is no app that iOS could verify
 */
export function appleFile(
  apps: readonly AssociatedApp[],
  componentsFor: (projectIds: readonly number[]) => readonly UrlComponent[],
): AppleFile | undefined {
  const projectsByAppId = new Map<string, Set<number>>();
  for (const { platform, teamId, identifier, projectId } of apps) {
    if (platform !== 'ios' || teamId === null) continue;
    const appId = `${teamId}.${identifier}`;
    projectsByAppId.set(appId, (projectsByAppId.get(appId) ?? new Set()).add(projectId));
  }
  const appIdsBy = new Map<readonly UrlComponent[], string[]>();
  for (const [appId, projects] of projectsByAppId) {
    const components = componentsFor([...projects]);
    if (components.length === 0) continue;
    const together = appIdsBy.get(components);
    if (together) together.push(appId);
    else appIdsBy.set(components, [appId]);
  }
  if (appIdsBy.size === 0) return undefined;
  const details = [...appIdsBy].map(([components, appIDs]) => ({ appIDs, components }));
  return { applinks: { apps: [], details } };
}
