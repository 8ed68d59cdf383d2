import type { Database, Tx } from '../db/database.ts';
import { Failure } from '../errors.ts';
import { normalizeCode, type ReservedSegments } from './code.ts';
import type { PageQueue } from './described-pages.ts';
import type { DomainService } from './domain-service.ts';
import type { LinkContext } from './editing/link-context.ts';
import { createLinks } from './editing/link-creation.ts';
import { deleteDue, deleteLink, deleteStandIn } from './editing/link-deletion.ts';
import { moveLinks } from './editing/link-move.ts';
import { type UpdateConditions, updateLink } from './editing/link-update.ts';
import { countClicks, countLinks, findLink, listLinks } from './finding/link-list.ts';
import { findReusable } from './finding/reusable-link.ts';
import { type CodeHolder, codeHolders, idsInUse, isFree } from './finding/taken-names.ts';
import type { Group } from './group.ts';
import type { GroupService } from './group-service.ts';
import type { CountedLink, Link, LinkSource } from './link.ts';
import type { SavedApps } from './link-app.ts';
import type { LinkFilter, LinkQuery } from './link-filter.ts';
import {
  type LinkInput,
  type NewLinkInput,
  type PreparedLink,
  type PreparedNewLink,
  prepareLink,
  prepareNewLink,
} from './link-input.ts';

export type { CodeHolder };

/**
 * Links, for everybody else: found by what stands in `finding/`, made and changed by what stands in `editing/`. Whatever
 * writes takes the transaction it belongs to.
 */
export class LinkService {
  readonly #database: Database;
  readonly #reserved: ReservedSegments;
  readonly #context: LinkContext;

  /** @param pages what reads the pages links lead to; without it none is */
  constructor(
    database: Database,
    domains: DomainService,
    groups: GroupService,
    apps: SavedApps,
    reserved: ReservedSegments,
    pages?: PageQueue,
  ) {
    this.#database = database;
    this.#reserved = reserved;
    this.#context = { dialect: database.dialect, domains, groups, apps, pages };
  }

  list(query: LinkQuery): Promise<CountedLink[]> {
    return listLinks(this.#database, query);
  }

  /** How many links there are, whatever the page. */
  total(filter: LinkFilter): Promise<number> {
    return countLinks(this.#database, filter);
  }

  /** @param domainId undefined: on any of the project's domains, the oldest link first */
  async findByCode(
    projectId: number,
    domainId: number | undefined,
    code: string,
  ): Promise<CountedLink | undefined> {
    const [found] = await this.list({
      projectId,
      code: normalizeCode(code),
      ...(domainId === undefined ? {} : { domainId }),
      limit: 1,
      oldestFirst: true,
    });
    return found;
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<CountedLink> {
    const link = await findLink(this.#database.read, projectId, publicId);
    if (!link) throw Failure.notFound(`Link ${publicId}`);
    return link;
  }

  /** A link as just written, with its clicks. */
  async count(link: Link): Promise<CountedLink> {
    return { ...link, ...(await countClicks(this.#database.read, link)) };
  }

  /** Whether a new link of the project could have this code now. */
  isFree(projectId: number, domainId: number, code: string): Promise<boolean> {
    return isFree(this.#database.read, projectId, domainId, normalizeCode(code));
  }

  /** Whose codes these are already on a domain, by code; also those of deleted links and of other projects. */
  codeHolders(tx: Tx, domainId: number, codes: readonly string[]): Promise<Map<string, CodeHolder>> {
    return codeHolders(tx, domainId, codes);
  }

  /** Which of these ids belong to links already, of whichever project, deleted ones too. */
  idsInUse(tx: Tx, publicIds: readonly string[]): Promise<Set<string>> {
    return idsInUse(tx, publicIds);
  }

  /** The oldest active link of the project on that domain to exactly this destination. */
  findReusable(
    tx: Tx,
    projectId: number,
    domainId: number,
    destination: string,
    now: number,
  ): Promise<Link | undefined> {
    return findReusable(tx, this.#database.dialect, { projectId, domainId, destination }, now);
  }

  /** Checks and hashes what `create` will write; outside any transaction. @throws Failure `invalid` */
  prepareNew(input: NewLinkInput, path?: string): Promise<PreparedNewLink> {
    return prepareNewLink(input, this.#reserved, path);
  }

  /** As `prepareNew`, for `update`. @throws Failure `invalid` */
  prepare(input: LinkInput): Promise<PreparedLink> {
    return prepareLink(input);
  }

  /**
   * Creates all of the links or, by the transaction, none.
   *
   * @param pathOf where the caller named each, for errors
   * @throws Failure `code-taken`, `invalid`
   */
  create(
    tx: Tx,
    projectId: number,
    source: LinkSource,
    prepared: readonly PreparedNewLink[],
    pathOf: (index: number) => string = () => '',
  ): Promise<Link[]> {
    const wanted = prepared.map((link, index) => ({ ...link, path: pathOf(index) }));
    return createLinks(this.#context, tx, projectId, source, wanted);
  }

  /** @throws Failure `not-found`, `stale`, `invalid` */
  update(
    tx: Tx,
    projectId: number,
    publicId: string,
    prepared: PreparedLink,
    conditions?: UpdateConditions,
  ): Promise<Link> {
    return updateLink(this.#context, tx, projectId, publicId, prepared, conditions);
  }

  /**
   * The code stays reserved; only a code chosen by hand can be used again, by the same project.
   *
   * @throws Failure `not-found`, `stale`
   */
  delete(tx: Tx, projectId: number, publicId: string, expectedVersion: number | undefined): Promise<void> {
    return deleteLink(this.#context, tx, projectId, publicId, expectedVersion);
  }

  /** Deletes the link that stands for the long links of a domain, if there is one: before the domain itself. */
  deleteStandIn(tx: Tx, projectId: number, domainPublicId: string): Promise<void> {
    return deleteStandIn(this.#context, tx, projectId, domainPublicId);
  }

  /** Deletes up to `limit` links whose `deleteAt` has come. @returns how many */
  deleteDue(tx: Tx, now: number, limit: number): Promise<number> {
    return deleteDue(this.#context, tx, now, limit);
  }

  /**
   * Puts links into a group, or out of any with `null`.
   *
   * @returns how many were moved; those already there are not counted
   * @throws Failure `invalid` naming every id that is no link of the project
   */
  move(tx: Tx, projectId: number, publicIds: readonly string[], group: Group | null): Promise<number> {
    return moveLinks(this.#context, tx, projectId, publicIds, group);
  }
}
