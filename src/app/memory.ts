import { listAssociatedApps } from '../apps/associated-apps.ts';
import type { Store } from '../db/open.ts';
import { AssociationFiles } from '../deeplinks/association/association-files.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import { KnownApps } from '../links/known-apps.ts';
import { KnownHosts } from '../links/known-hosts.ts';
import { LinkLookup } from '../links/link-lookup.ts';
import { throttled } from '../observability/throttle.ts';
import { VisitDirectory } from '../visits/visit-directory.ts';
import type { Opening } from './opening.ts';
import type { Services } from './services.ts';
import { within } from './within.ts';

/** The apps of a domain are looked up for so long; after that what was served before is served again. */
const APPS_PATIENCE_MS = 2_000;

/** What this process remembers of the configuration, so that visits need not ask. It follows every change. */
export interface Memory {
  readonly domains: DomainDirectory;
  readonly directory: VisitDirectory;
  readonly hosts: KnownHosts;
  readonly knownApps: KnownApps;
  readonly associations: AssociationFiles;
}

export async function buildMemory(
  { config, publicUrl, logger }: Opening,
  { database, feed }: Store,
  { domainService, reserved }: Services,
): Promise<Memory> {
  const isCurrent = () => feed.current;
  return {
    domains: new DomainDirectory(publicUrl, await domainService.loadAll()),
    directory: new VisitDirectory(new LinkLookup(database), config.linkIndexSize, isCurrent, within),
    hosts: new KnownHosts(database, isCurrent),
    knownApps: new KnownApps(database),
    associations: new AssociationFiles({
      loadApps: (projectIds) => within(APPS_PATIENCE_MS, listAssociatedApps(database, projectIds)),
      reserved: () => reserved.list(),
      isCurrent,
      onTrouble: throttled(10_000, (error: unknown, times) => {
        logger.warn({ reason: String(error), times }, 'association files could not be made anew');
      }),
      onLeftOut: (host, { ios, android }) => {
        const apps = [...ios, ...android];
        logger.warn(
          { host, count: apps.length, apps: apps.slice(0, 10) },
          'apps find no room in the association files, so links do not open them',
        );
      },
    }),
  };
}
