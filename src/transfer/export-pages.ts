import type { Project } from '../accounts/project.ts';
import type { ProjectService } from '../accounts/project-service.ts';
import type { App } from '../apps/app.ts';
import type { AppService } from '../apps/app-service.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainService } from '../links/domain-service.ts';
import type { Group } from '../links/group.ts';
import type { GroupService } from '../links/group-service.ts';
import type { CountedLink } from '../links/link.ts';
import type { LinkService } from '../links/link-service.ts';

export interface ExportServices {
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
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'project'; readonly project: Project }
  | {
      readonly kind: 'link';
      readonly link: CountedLink;
      readonly limitUsed: number;
      readonly standsForLongLinks: boolean;
    };

/** Each link costs the serving thread some 20 µs, and visitors wait behind a page. */
const LINKS_PER_PAGE = 250;
const GROUPS_PER_PAGE = 250;

/**
 * Everything a project has, in the order in which it can be made again: what links name comes before them. Oldest
 * first, a page at a time. Each page is as it was when it was read; what is made meanwhile comes at its end.
 *
 * The project itself comes after its groups: with webhooks switched off for all, no group could switch its own on.
 */
export async function* exportPages(services: ExportServices, projectId: number): AsyncGenerator<Exported[]> {
  const domains = await services.domainService.list(projectId);
  yield domains.map((domain) => ({ kind: 'domain', domain }));
  for (let after = 0; ; ) {
    const groups = await services.groups.list({
      projectId,
      after,
      oldestFirst: true,
      limit: GROUPS_PER_PAGE,
    });
    yield groups.map((group) => ({ kind: 'group', group }));
    if (groups.length < GROUPS_PER_PAGE) break;
    after = groups.at(-1)?.id ?? after;
  }
  const apps = await services.apps.list({ projectId });
  yield apps.reverse().map((app) => ({ kind: 'app', app }));
  yield [{ kind: 'project', project: await services.projects.load(projectId) }];
  yield* linkPages(services, projectId);
}

/** The links alone. */
export async function* linkPages(
  { links, domainService, slotsUsed }: Pick<ExportServices, 'links' | 'domainService' | 'slotsUsed'>,
  projectId: number,
): AsyncGenerator<Exported[]> {
  const standIns = await domainService.longLinkIds();
  for (let after = 0; ; ) {
    const page = await links.list({ projectId, after, oldestFirst: true, limit: LINKS_PER_PAGE });
    const used = await slotsUsed(page.map(({ id }) => id));
    yield page.map((link) => ({
      kind: 'link',
      link,
      limitUsed: used.get(link.id) ?? 0,
      standsForLongLinks: standIns.has(link.id),
    }));
    if (page.length < LINKS_PER_PAGE) return;
    after = page.at(-1)?.id ?? after;
  }
}
