import type { Database, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import { Failure } from '../errors.ts';
import { appRoutingOf } from './app-routing.ts';
import { normalizeCode, type ReservedSegments } from './code.ts';
import { claimCodes } from './code-claim.ts';
import { type PageQueue, pagesOfChanged, pagesOfNew } from './described-pages.ts';
import { urlHost } from './destination.ts';
import type { DomainService } from './domain-service.ts';
import type { Group } from './group.ts';
import type { GroupService } from './group-service.ts';
import { changesBetween } from './history.ts';
import type { CountedLink, Link, LinkSource, Social } from './link.ts';
import type { SavedApps } from './link-app.ts';
import { type AppColumns, appColumns, resolveApps, withoutRowIds } from './link-app-row.ts';
import {
  type LinkInput,
  type NewLinkInput,
  type PreparedLink,
  type PreparedNewLink,
  prepareLink,
  prepareNewLink,
} from './link-input.ts';
import {
  type CodeHolder,
  destinationHash,
  type LinkFilter,
  type LinkQuery,
  LinkRepository,
  parts,
} from './link-repository.ts';
import { leadsOn } from './link-status.ts';
import { applySettings } from './settings-change.ts';

export type { CodeHolder, LinkFilter, LinkQuery };

/** How many links to one destination are looked at for one that can be used again. */
const REUSABLE_LOOKED_AT = 100;

export interface UpdateConditions {
  /** What `If-Match` named. */
  readonly version?: number | undefined;
  /** Looks at the locked link before anything is written; throws the Failure that refuses. */
  readonly allow?: (before: Link) => void;
}

export class LinkService {
  readonly #database: Database;
  readonly #domains: DomainService;
  readonly #groups: GroupService;
  readonly #apps: SavedApps;
  readonly #reserved: ReservedSegments;
  readonly #links: LinkRepository;
  readonly #pages: PageQueue | undefined;

  /** @param pages what reads the pages links lead to; without it none is */
  constructor(
    database: Database,
    domains: DomainService,
    groups: GroupService,
    apps: SavedApps,
    reserved: ReservedSegments,
    pages?: PageQueue,
  ) {
    this.#pages = pages;
    this.#database = database;
    this.#domains = domains;
    this.#groups = groups;
    this.#apps = apps;
    this.#reserved = reserved;
    this.#links = new LinkRepository(database.dialect);
  }

  list(query: LinkQuery): Promise<CountedLink[]> {
    return this.#links.list(this.#database.read, query);
  }

  /** How many links there are, whatever the page. */
  total(filter: LinkFilter): Promise<number> {
    return this.#links.count(this.#database.read, filter);
  }

  /** @param domainId undefined: on any of the project's domains, the oldest link first */
  async findByCode(
    projectId: number,
    domainId: number | undefined,
    code: string,
  ): Promise<CountedLink | undefined> {
    const [found] = await this.#links.list(this.#database.read, {
      projectId,
      code: normalizeCode(code),
      ...(domainId === undefined ? {} : { domainId }),
      limit: 1,
      oldestFirst: true,
    });
    return found;
  }

  /** Whether a new link of the project could have this code now. */
  isFree(projectId: number, domainId: number, code: string): Promise<boolean> {
    return this.#links.isFree(this.#database.read, projectId, domainId, normalizeCode(code));
  }

  /** Whose codes these are already on a domain, by code; also those of deleted links and of other projects. */
  codeHolders(tx: Tx, domainId: number, codes: readonly string[]): Promise<Map<string, CodeHolder>> {
    return this.#links.codeHolders(tx, domainId, codes);
  }

  /** Which of these ids belong to links already, of whichever project, deleted ones too. */
  idsInUse(tx: Tx, publicIds: readonly string[]): Promise<Set<string>> {
    return this.#links.idsInUse(tx, publicIds);
  }

  /** The oldest active link of the project on that domain to exactly this destination. */
  async findReusable(
    tx: Tx,
    projectId: number,
    domainId: number,
    destination: string,
    now: number,
  ): Promise<Link | undefined> {
    const found = await this.#links.ofDestination(tx, projectId, domainId, destination, REUSABLE_LOOKED_AT);
    return found.find((link) => leadsOn(link, link.group?.settings, now));
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<CountedLink> {
    const link = await this.#links.find(this.#database.read, projectId, publicId);
    if (!link) throw Failure.notFound(`Link ${publicId}`);
    return link;
  }

  /** A link as just written, with its clicks. */
  async count(link: Link): Promise<CountedLink> {
    return { ...link, ...(await this.#links.countOf(this.#database.read, link)) };
  }

  /** Checks and hashes what `create` will write; outside any transaction. @throws Failure `invalid` */
  prepareNew(input: NewLinkInput, path?: string): Promise<PreparedNewLink> {
    return prepareNewLink(input, this.#reserved, path);
  }

  prepare(input: LinkInput): Promise<PreparedLink> {
    return prepareLink(input);
  }

  /**
   * Creates all of the links or, by the transaction, none.
   *
   * @throws Failure `code-taken`, `invalid`
   */
  async create(
    tx: Tx,
    projectId: number,
    source: LinkSource,
    prepared: readonly PreparedNewLink[],
    pathOf: (index: number) => string = () => '',
  ): Promise<Link[]> {
    await this.#holdDomains(tx, prepared, pathOf);
    const groups = await this.#requireGroups(tx, projectId, prepared, pathOf);
    const apps: AppColumns[] = [];
    const saved = askedOnce(this.#apps);
    for (const [index, { input }] of prepared.entries()) {
      const resolved = await resolveApps(tx, saved, projectId, input.apps, pathOf(index));
      apps.push(appColumns({ ios: null, android: null, ...resolved }));
    }
    const now = Date.now();
    const rows = prepared.map(({ input, settings, origin }, index) => ({
      public_id: origin?.publicId ?? newPublicId('lnk'),
      project_id: projectId,
      domain_id: input.domainId,
      group_id: input.groupId == null ? null : (groups.get(input.groupId)?.id ?? null),
      title: input.title ?? '',
      description: input.description ?? '',
      image_url: input.imageUrl ?? null,
      memo: input.memo ?? '',
      settings: JSON.stringify(applySettings({}, settings, pathOf(index))),
      campaign: JSON.stringify(withoutNulls(input.campaign ?? {})),
      social: JSON.stringify(withoutNulls(input.social ?? {})),
      desktop_url: input.desktopUrl ?? null,
      ...(apps[index] as AppColumns),
      app_routing: JSON.stringify(appRoutingOf(input.appRouting ?? {})),
      metadata: JSON.stringify(input.metadata ?? {}),
      external_id: input.externalId ?? null,
      source: origin?.source ?? source,
      imported_clicks: origin?.clicks ?? 0,
      imported_slots: origin?.limitUsed ?? origin?.clicks ?? 0,
      imported_visitors: origin?.visitors ?? 0,
      delete_at: input.deleteAt ?? null,
      created_at: origin?.createdAt ?? now,
      updated_at: now,
      deleted_at: null,
    }));
    const ids: number[] = [];
    for (const part of parts(rows)) {
      const inserted = await tx.db.insertInto('link').values(part).returning(['id', 'public_id']).execute();
      const idOf = new Map(inserted.map(({ id, public_id }) => [public_id, id]));
      for (const row of part) ids.push(idOf.get(row.public_id) as number);
    }
    await claimCodes(
      tx,
      projectId,
      prepared.map(({ input, origin }, index) => ({
        domainId: input.domainId,
        code: input.code,
        isCustom: origin?.hasCustomCode,
        linkId: ids[index] as number,
        field: `${pathOf(index)}code`,
      })),
      now,
    );
    for (const [index, { input, origin }] of prepared.entries()) {
      if (origin?.standsForLongLinks)
        await this.#domains.standInForLongLinks(tx, input.domainId, ids[index] as number);
    }
    await this.#insertRoutes(tx, prepared, ids);
    await this.#insertTags(
      tx,
      prepared.map(({ input }, index) => ({ linkId: ids[index] as number, tags: input.tags })),
    );
    for (const [groupId, group] of groups) {
      const added = prepared.filter(({ input }) => input.groupId === groupId).length;
      await this.#groups.addToLinkCount(tx, group.id, added);
    }
    const created = await this.#links.lock(
      tx,
      projectId,
      rows.map(({ public_id }) => public_id),
    );
    // What has been somewhere else before waits for somebody to ask, as all that is made many at a time.
    const moved = new Set(ids.filter((_, index) => prepared[index]?.origin !== undefined));
    await this.#pages?.queue(tx, pagesOfNew(created.filter(({ id }) => !moved.has(id))));
    const byId = new Map(created.map((link) => [link.id, link]));
    return ids.map((id) => {
      const link = byId.get(id) as Link;
      record(tx, link, 'created', changesBetween({}, link));
      return link;
    });
  }

  /** @throws Failure `not-found`, `stale`, `invalid` */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    { input, settings }: PreparedLink,
    { version, allow }: UpdateConditions = {},
  ): Promise<Link> {
    const before = await this.#lock(tx, projectId, publicId);
    requireVersion(before.version, version);
    allow?.(before);
    const group = await this.#newGroup(tx, before, input.groupId);
    const changedApps = await resolveApps(tx, this.#apps, projectId, input.apps, '', before.apps);
    const after: Link = {
      ...before,
      group: group === undefined ? before.group : group,
      route: { ...before.route, destination: input.destination ?? before.route.destination },
      title: input.title ?? before.title,
      description: input.description ?? before.description,
      imageUrl: input.imageUrl === undefined ? before.imageUrl : input.imageUrl,
      memo: input.memo ?? before.memo,
      tags: input.tags ? [...new Set(input.tags)].sort() : before.tags,
      settings: applySettings(before.settings, settings),
      campaign: withoutNulls({ ...before.campaign, ...definedOnly(input.campaign ?? {}) }),
      social: input.social === undefined ? before.social : (withoutNulls(input.social ?? {}) as Social),
      apps: { ...before.apps, ...withoutRowIds(changedApps) },
      appRouting: input.appRouting === undefined ? before.appRouting : appRoutingOf(input.appRouting ?? {}),
      desktopUrl: input.desktopUrl === undefined ? before.desktopUrl : input.desktopUrl,
      metadata: input.metadata ?? before.metadata,
      externalId: input.externalId === undefined ? before.externalId : input.externalId,
      deleteAt: input.deleteAt === undefined ? before.deleteAt : input.deleteAt,
      version: before.version + 1,
      updatedAt: Date.now(),
    };
    await tx.db
      .updateTable('link')
      .set({
        group_id: after.group?.id ?? null,
        title: after.title,
        description: after.description,
        image_url: after.imageUrl,
        memo: after.memo,
        settings: JSON.stringify(after.settings),
        campaign: JSON.stringify(after.campaign),
        social: JSON.stringify(after.social),
        desktop_url: after.desktopUrl,
        ...(input.apps ? appColumns(changedApps, before.apps) : {}),
        app_routing: JSON.stringify(after.appRouting),
        metadata: JSON.stringify(after.metadata),
        external_id: after.externalId,
        delete_at: after.deleteAt,
        version: after.version,
        updated_at: after.updatedAt,
      })
      .where('id', '=', before.id)
      .execute();
    if (after.route.destination !== before.route.destination) {
      const { destination } = after.route;
      await tx.db
        .updateTable('link_route')
        .set({
          destination,
          destination_hash: destinationHash(destination),
          destination_host: urlHost(destination),
        })
        .where('id', '=', after.route.id)
        .execute();
    }
    if (input.tags) {
      await tx.db.deleteFrom('link_tag').where('link_id', '=', before.id).execute();
      await this.#insertTags(tx, [{ linkId: before.id, tags: after.tags }]);
    }
    await this.#pages?.queue(tx, pagesOfChanged(before, after));
    const counts = new LinkCounts();
    counts.move(before.group, after.group);
    await this.#apply(tx, counts);
    record(tx, after, 'updated', changesBetween(before, after));
    return after;
  }

  /** The code stays reserved; only a code chosen by hand can be used again, by the same project. */
  async delete(
    tx: Tx,
    projectId: number,
    publicId: string,
    expectedVersion: number | undefined,
  ): Promise<void> {
    const link = await this.#lock(tx, projectId, publicId);
    requireVersion(link.version, expectedVersion);
    await this.#markDeleted(tx, [link]);
  }

  /** Deletes the link that stands for the long links of a domain, if there is one: before the domain itself. */
  async deleteStandIn(tx: Tx, projectId: number, domainPublicId: string): Promise<void> {
    const standIn = await tx.db
      .selectFrom('domain')
      .innerJoin('link', 'link.id', 'domain.long_link_id')
      .select('link.public_id')
      .where('domain.public_id', '=', domainPublicId)
      .where('domain.project_id', '=', projectId)
      .where('domain.deleted_at', 'is', null)
      .executeTakeFirst();
    if (standIn) await this.#markDeleted(tx, await this.#links.lock(tx, projectId, [standIn.public_id]));
  }

  /** Deletes up to `limit` links whose `deleteAt` has come. @returns how many */
  async deleteDue(tx: Tx, now: number, limit: number): Promise<number> {
    const due = await tx.db
      .selectFrom('link')
      .select(['project_id', 'public_id'])
      .where('delete_at', '<=', now)
      .where('deleted_at', 'is', null)
      .limit(limit)
      .execute();
    const byProject = Map.groupBy(due, ({ project_id }) => project_id);
    let deleted = 0;
    for (const [projectId, rows] of [...byProject].sort(([a], [b]) => a - b)) {
      const links = await this.#links.lock(
        tx,
        projectId,
        rows.map(({ public_id }) => public_id),
      );
      // Another process may have deleted it, or its owner given it more time, since it was selected.
      const still = links.filter(({ deleteAt }) => deleteAt !== null && deleteAt <= now);
      await this.#markDeleted(tx, still);
      deleted += still.length;
    }
    return deleted;
  }

  /**
   * Puts links into a group, or out of any with `null`.
   *
   * @returns how many were moved; those already there are not counted
   * @throws Failure `invalid` naming every id that is no link of the project
   */
  async move(tx: Tx, projectId: number, publicIds: readonly string[], group: Group | null): Promise<number> {
    const unique = [...new Set(publicIds)];
    const links = await this.#links.lock(tx, projectId, unique);
    const known = new Set(links.map(({ publicId }) => publicId));
    const unknown = publicIds.flatMap((id, index) =>
      known.has(id) ? [] : [{ field: `linkIds.${index}`, message: `there is no link ${id}` }],
    );
    if (unknown.length > 0) throw Failure.invalid(unknown);
    const moving = links.filter((link) => link.group?.id !== group?.id);
    const now = Date.now();
    for (const part of parts(moving)) {
      await tx.db
        .updateTable('link')
        .set((eb) => ({ group_id: group?.id ?? null, updated_at: now, version: eb('version', '+', 1) }))
        .where(
          'id',
          'in',
          part.map(({ id }) => id),
        )
        .execute();
    }
    const counts = new LinkCounts();
    for (const link of moving) {
      counts.move(link.group, group);
      const moved = { ...link, group, version: link.version + 1 };
      record(tx, moved, 'moved', changesBetween(link, moved));
    }
    await this.#apply(tx, counts);
    return moving.length;
  }

  async #markDeleted(tx: Tx, links: readonly Link[]): Promise<void> {
    const now = Date.now();
    for (const part of parts(links)) {
      await tx.db
        .updateTable('link')
        .set((eb) => ({ deleted_at: now, updated_at: now, version: eb('version', '+', 1) }))
        .where(
          'id',
          'in',
          part.map(({ id }) => id),
        )
        .execute();
    }
    const counts = new LinkCounts();
    for (const link of links) {
      counts.move(link.group, null);
      record(tx, { ...link, version: link.version + 1 }, 'deleted', {});
    }
    await this.#apply(tx, counts);
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<Link> {
    const [link] = await this.#links.lock(tx, projectId, [publicId]);
    if (!link) throw Failure.notFound(`Link ${publicId}`);
    return link;
  }

  /** @returns undefined: stays where it is; null: leaves its group */
  async #newGroup(tx: Tx, link: Link, wanted: string | null | undefined): Promise<Group | null | undefined> {
    if (wanted === undefined) return undefined;
    if (wanted === null) return null;
    return await this.#groups.require(tx, link.projectId, wanted, 'groupId');
  }

  /** Groups are changed in the order of their ids, so that moves in any directions cannot deadlock. */
  async #apply(tx: Tx, counts: LinkCounts): Promise<void> {
    for (const [groupId, difference] of counts.inOrder()) {
      await this.#groups.addToLinkCount(tx, groupId, difference);
    }
  }

  /** @throws Failure `invalid` when a domain was deleted since the caller found it */
  async #holdDomains(
    tx: Tx,
    prepared: readonly PreparedNewLink[],
    pathOf: (index: number) => string,
  ): Promise<void> {
    const held = await this.#domains.hold(tx, [...new Set(prepared.map(({ input }) => input.domainId))]);
    const gone = prepared.flatMap(({ input }, index) =>
      held.has(input.domainId)
        ? []
        : [{ field: `${pathOf(index)}domain`, message: 'has just been deleted; choose another' }],
    );
    if (gone.length > 0) throw Failure.invalid(gone);
  }

  async #requireGroups(
    tx: Tx,
    projectId: number,
    prepared: readonly PreparedNewLink[],
    pathOf: (index: number) => string,
  ): Promise<Map<string, Group>> {
    const groups = new Map<string, Group>();
    for (const [index, { input }] of prepared.entries()) {
      if (input.groupId == null || groups.has(input.groupId)) continue;
      groups.set(
        input.groupId,
        await this.#groups.require(tx, projectId, input.groupId, `${pathOf(index)}groupId`),
      );
    }
    return new Map([...groups].sort(([, a], [, b]) => a.id - b.id));
  }

  async #insertRoutes(tx: Tx, prepared: readonly PreparedNewLink[], ids: readonly number[]): Promise<void> {
    const rows = prepared.map(({ input: { destination } }, index) => ({
      link_id: ids[index] as number,
      position: 0,
      condition: null,
      destination,
      destination_hash: destinationHash(destination),
      destination_host: urlHost(destination),
    }));
    for (const part of parts(rows)) await tx.db.insertInto('link_route').values(part).execute();
  }

  async #insertTags(
    tx: Tx,
    tagged: readonly { readonly linkId: number; readonly tags: readonly string[] | undefined }[],
  ): Promise<void> {
    const rows = tagged.flatMap(({ linkId, tags }) =>
      [...new Set(tags)].map((tag) => ({ link_id: linkId, tag })),
    );
    for (const part of parts(rows)) await tx.db.insertInto('link_tag').values(part).execute();
  }
}

/** Many links of one call name the same few apps. */
function askedOnce(apps: SavedApps): SavedApps {
  const asked = new Map<string, ReturnType<SavedApps['require']>>();
  return {
    require(tx, projectId, platform, publicId, field) {
      const key = `${platform}/${publicId}`;
      const found = asked.get(key) ?? apps.require(tx, projectId, platform, publicId, field);
      asked.set(key, found);
      return found;
    },
  };
}

/** How many links each group gains and loses in one transaction. */
class LinkCounts {
  readonly #differences = new Map<number, number>();

  move(from: { readonly id: number } | null, to: { readonly id: number } | null): void {
    if (from) this.#add(from.id, -1);
    if (to) this.#add(to.id, 1);
  }

  #add(groupId: number, difference: number): void {
    this.#differences.set(groupId, (this.#differences.get(groupId) ?? 0) + difference);
  }

  inOrder(): [groupId: number, difference: number][] {
    return [...this.#differences].sort(([a], [b]) => a - b);
  }
}

function record(
  tx: Tx,
  link: Link,
  action: 'created' | 'updated' | 'deleted' | 'moved',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'link',
    entityId: link.id,
    publicId: link.publicId,
    projectId: link.projectId,
    action,
    version: link.version,
    data,
    codes: [`${link.domainId}/${link.code}`],
  });
}

function definedOnly<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function withoutNulls(object: object): Record<string, string> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null));
}
