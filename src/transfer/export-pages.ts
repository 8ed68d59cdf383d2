import { loadMovedEndpoints, type MovedEndpoint } from '../accounts/moved-endpoint.ts';
import type { Project } from '../accounts/project.ts';
import type { ProjectService } from '../accounts/project-service.ts';
import type { App } from '../apps/app.ts';
import type { AppService } from '../apps/app-service.ts';
import type { Database } from '../db/database.ts';
import { loadAskedBefore } from '../deeplinks/firebase/asked-before.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainService } from '../links/domain-service.ts';
import type { Group } from '../links/group.ts';
import type { GroupService } from '../links/group-service.ts';
import type { Link } from '../links/link.ts';
import { type ClickBalance, loadBalances } from '../links/link-figures.ts';
import type { LinkService } from '../links/link-service.ts';
import { listReservedCodes, type ReservedCode } from '../links/reserved-codes.ts';
import { listStoredLogos, type StoredLogo } from '../qr/stored-logos.ts';

export interface ExportServices {
  readonly database: Pick<Database, 'read'>;
  readonly domainService: DomainService;
  readonly groups: GroupService;
  readonly apps: AppService;
  readonly links: LinkService;
  readonly projects: ProjectService;
  /** What counts against the click limits of links. */
  slotsUsed(linkIds: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

/** One thing a project has. */
export type Exported =
  | { readonly kind: 'domain'; readonly domain: Domain }
  | { readonly kind: 'group'; readonly group: Group; readonly endpoint: MovedEndpoint | undefined }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'project'; readonly project: Project; readonly endpoint: MovedEndpoint | undefined }
  | { readonly kind: 'qr-logo'; readonly logo: StoredLogo }
  | ExportedLink
  | { readonly kind: 'reserved-code'; readonly reserved: ReservedCode };

export interface ExportedLink {
  readonly kind: 'link';
  readonly link: Link;
  /** Undefined: of a link that has gone while its page was read. */
  readonly balance: ClickBalance | undefined;
  readonly limitUsed: number;
  readonly standsForLongLinks: boolean;
  readonly firebaseRequest: string | undefined;
}

/** Each link costs the serving thread some 20 µs, and visitors wait behind a page. */
const LINKS_PER_PAGE = 250;
const GROUPS_PER_PAGE = 250;
const CODES_PER_PAGE = 500;
/** Each may be some hundred kilobytes. */
const LOGOS_PER_PAGE = 4;

/**
 * Everything a project has, in the order in which it can be made again: what links name comes before them. Oldest
 * first, a page at a time. Each page is as it was when it was read; what is made meanwhile comes at its end.
 *
 * The project itself comes after its groups: with webhooks switched off for all, no group could switch its own on. The
 * codes of deleted links come last, so that a link that is deleted meanwhile is not missing in both.
 *
 * @param secrets whether with what webhooks are signed with
 */
export async function* exportPages(
  services: ExportServices,
  projectId: number,
  secrets: boolean,
): AsyncGenerator<Exported[]> {
  const { read } = services.database;
  const endpointsOf = async (groupIds: readonly number[] | null) =>
    secrets
      ? await loadMovedEndpoints(read, projectId, groupIds, Date.now())
      : new Map<null, MovedEndpoint>();

  const domains = await services.domainService.list(projectId);
  yield domains.map((domain) => ({ kind: 'domain', domain }));
  const groupsAfter = (after: number) =>
    services.groups.list({ projectId, after, oldestFirst: true, limit: GROUPS_PER_PAGE });
  for await (const groups of pages(groupsAfter, GROUPS_PER_PAGE)) {
    const endpoints: Map<number | null, MovedEndpoint> = await endpointsOf(groups.map(({ id }) => id));
    yield groups.map((group) => ({ kind: 'group', group, endpoint: endpoints.get(group.id) }));
  }
  const apps = await services.apps.list({ projectId });
  yield apps.reverse().map((app) => ({ kind: 'app', app }));
  const project = await services.projects.load(projectId);
  yield [{ kind: 'project', project, endpoint: (await endpointsOf(null)).get(null) }];
  const logosAfter = (after: number) => listStoredLogos(read, { projectId, after, limit: LOGOS_PER_PAGE });
  for await (const logos of pages(logosAfter, LOGOS_PER_PAGE))
    yield logos.map((logo) => ({ kind: 'qr-logo', logo }));
  yield* linkPages(services, projectId);
  const codesAfter = (after: number) => listReservedCodes(read, { projectId, after, limit: CODES_PER_PAGE });
  for await (const codes of pages(codesAfter, CODES_PER_PAGE))
    yield codes.map((reserved) => ({ kind: 'reserved-code', reserved }));
}

/** The links alone. */
export async function* linkPages(
  { links, domainService, slotsUsed, database: { read } }: ExportServices,
  projectId: number,
): AsyncGenerator<ExportedLink[]> {
  const standIns = await domainService.longLinkIds();
  const linksAfter = (after: number) =>
    links.list({ projectId, after, oldestFirst: true, limit: LINKS_PER_PAGE });
  for await (const page of pages(linksAfter, LINKS_PER_PAGE)) {
    const ids = page.map(({ id }) => id);
    const [used, balances, requests] = [
      await slotsUsed(ids),
      await loadBalances(read, ids),
      await loadAskedBefore(read, ids),
    ];
    yield page.map((link) => ({
      kind: 'link',
      link,
      balance: balances.get(link.id),
      limitUsed: used.get(link.id) ?? 0,
      standsForLongLinks: standIns.has(link.id),
      firebaseRequest: requests.get(link.id),
    }));
  }
}

/** Pages until one is not full. */
async function* pages<T extends { readonly id: number }>(
  listAfter: (id: number) => Promise<T[]>,
  limit: number,
): AsyncGenerator<T[]> {
  for (let after = 0; ; ) {
    const page = await listAfter(after);
    if (page.length > 0) yield page;
    if (page.length < limit) return;
    after = page.at(-1)?.id ?? after;
  }
}
