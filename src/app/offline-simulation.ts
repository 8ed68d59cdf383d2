import { type Asked, type Simulated, simulate } from '../api/native/simulate.ts';
import { simulation } from '../api/native/simulate-schema.ts';
import { checked } from '../api/schema-check.ts';
import { loadSlotsUsed } from '../clicks/slot-store.ts';
import type { Config } from '../config/config.ts';
import type { Store } from '../db/open.ts';
import { PreviewStore } from '../deeplinks/previews/preview-store.ts';
import { Failure, type FieldProblem } from '../errors.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import { KnownApps } from '../links/known-apps.ts';
import { KnownHosts } from '../links/known-hosts.ts';
import { LinkLookup } from '../links/link-lookup.ts';
import { LongLinkStandIns } from '../links/long-link-stand-ins.ts';
import { DESCRIBED_DEVICES, DESCRIBED_VISITORS, descriptionProblems } from '../visits/described-visit.ts';
import { LongLinks } from '../visits/long-links.ts';
import { VisitDirectory } from '../visits/visit-directory.ts';
import { buildCoreServices } from './core-services.ts';

export type { Asked, Simulated } from '../api/native/simulate.ts';

/** What can be described, for those who ask. */
export const VISITORS: readonly string[] = DESCRIBED_VISITORS;
export const DEVICES: readonly string[] = DESCRIBED_DEVICES;

const ONE_LINK = 10;
const NEVER_STARTED =
  'There are no links yet, since no server was ever started here. Start it once with: switchyard serve';

/** What is wrong with a question, as the server would say it. */
export function simulationProblems(asked: unknown): readonly FieldProblem[] {
  const read = checked(simulation, asked);
  if (read.problems) return read.problems;
  return descriptionProblems(read.data.visitor ?? {}).map(({ field, message }) => ({
    field: `visitor.${field}`,
    message,
  }));
}

/**
 * Where a described visitor of the default project's links would be sent, while nobody serves from the store. Clicks that
 * are in the journal and not in the tables yet are not among the slots taken.
 *
 * @throws Failure `invalid`, `not-found`
 */
export async function simulateOffline({ database }: Store, config: Config, asked: Asked): Promise<Simulated> {
  const { projects, domainService, links } = buildCoreServices(database, config.allowPrivateTargets);
  const allDomains = await domainService.loadAll();
  if (!allDomains.some(({ isDefault }) => isDefault)) throw new Failure('not-found', NEVER_STARTED);
  const { id: projectId } = await projects.loadDefault();
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  const domains = new DomainDirectory(publicUrl, allDomains);
  const directory = new VisitDirectory(new LinkLookup(database), ONE_LINK, () => true);
  const longLinks = new LongLinks({
    directory,
    domains,
    hosts: new KnownHosts(database),
    apps: new KnownApps(database),
    standIns: new LongLinkStandIns(database, links, domains, projectId),
  });
  return await simulate(
    {
      ...{ database, domains, links, longLinks, projects },
      previews: new PreviewStore(database),
      domainAliases: config.domainAliases,
      targetOf: async (domainId, code) => await directory.find(domainId, code),
      slotsTaken: async (linkId) => (await loadSlotsUsed(database.read, [linkId])).get(linkId) ?? 0,
    },
    projectId,
    asked,
  );
}
