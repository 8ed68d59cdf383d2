import type { MovedEndpoint } from '../accounts/moved-endpoint.ts';
import type { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import type { Database, Tx } from '../db/database.ts';
import { loadLocked } from '../db/locked-row.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import { Failure } from '../errors.ts';
import type { Group } from './group.ts';
import type { GroupFilter, GroupQuery } from './group-filter.ts';
import type { PreparedGroup } from './group-input.ts';
import { groupFromRow, groupOf, recordGroup } from './groups/group-row.ts';
import { openEndpoint, requireWebhook } from './groups/group-webhook.ts';
import { releaseLinks } from './groups/released-links.ts';
import { changesBetween } from './history.ts';
import { applySettings } from './settings-change.ts';

/** What a group that comes from elsewhere brings along. */
export interface GroupOrigin {
  /** Must be free. */
  readonly publicId?: string | undefined;
  readonly createdAt?: number | undefined;
  /** What its receiver was there. */
  readonly endpoint?: MovedEndpoint | undefined;
}

export interface WrittenGroup {
  readonly group: Group;
  /** Made with this write, and shown this once; null when there was one already, or none is needed. */
  readonly webhookSecret: string | null;
}

/** Groups: one row each, whatever the number of links that follow it. */
export class GroupService {
  readonly #database: Database;
  readonly #endpoints: WebhookEndpointService;

  constructor(database: Database, endpoints: WebhookEndpointService) {
    this.#database = database;
    this.#endpoints = endpoints;
  }

  async list({ before, after, oldestFirst, limit, offset, ...filter }: GroupQuery): Promise<Group[]> {
    let query = this.#matching(filter).selectAll();
    if (before !== undefined) query = query.where('id', '<', before);
    if (after !== undefined) query = query.where('id', '>', after);
    if (offset !== undefined) query = query.offset(offset);
    const rows = await query
      .orderBy('id', oldestFirst ? 'asc' : 'desc')
      .limit(limit)
      .execute();
    return rows.map(groupFromRow);
  }

  /** How many groups there are, whatever the page. */
  async total(filter: GroupFilter): Promise<number> {
    const { n } = await this.#matching(filter)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  }

  #matching({ projectId, id, search }: GroupFilter) {
    let query = this.#database.read
      .selectFrom('link_group')
      .where('deleted_at', 'is', null)
      .where('project_id', '=', projectId);
    if (id !== undefined) query = query.where('id', '=', id);
    if (search !== undefined) {
      query = query.where((eb) => this.#database.dialect.contains(eb.ref('name'), search));
    }
    return query;
  }

  /** By the row's own number, which one of the surfaces shows. */
  async findByNumber(projectId: number, id: number): Promise<Group | undefined> {
    const [group] = await this.list({ projectId, id, limit: 1 });
    return group;
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<Group> {
    const row = await this.#matching({ projectId })
      .selectAll()
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Group ${publicId}`);
    return groupFromRow(row);
  }

  /** @throws Failure `invalid`, `webhooks-off` */
  async create(
    tx: Tx,
    projectId: number,
    input: PreparedGroup & { readonly name: string } & GroupOrigin,
    path?: string,
  ): Promise<WrittenGroup> {
    const now = Date.now();
    const settings = applySettings({}, input.settings, path);
    await requireWebhook(this.#endpoints, tx, projectId, settings, {}, path);
    const row = await tx.db
      .insertInto('link_group')
      .values({
        public_id: input.publicId ?? newPublicId('grp'),
        project_id: projectId,
        name: input.name,
        memo: input.memo ?? '',
        settings: JSON.stringify(settings),
        created_at: input.createdAt ?? now,
        updated_at: now,
        deleted_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const group = groupFromRow(row);
    recordGroup(tx, group, 'created', changesBetween({}, { name: group.name, memo: group.memo, settings }));
    if (input.endpoint) {
      await this.#endpoints.bring(tx, projectId, group.id, input.endpoint);
      return { group, webhookSecret: null };
    }
    return { group, webhookSecret: await openEndpoint(this.#endpoints, tx, group, {}) };
  }

  /** Writes one row; every link of the group follows it on its next visit. */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    input: PreparedGroup,
    expectedVersion: number | undefined,
  ): Promise<WrittenGroup> {
    const before = await this.#lock(tx, projectId, publicId);
    requireVersion(before.version, expectedVersion);
    const after: Group = {
      ...before,
      name: input.name ?? before.name,
      memo: input.memo ?? before.memo,
      settings: applySettings(before.settings, input.settings),
      version: before.version + 1,
      updatedAt: Date.now(),
    };
    await requireWebhook(this.#endpoints, tx, projectId, after.settings, before.settings);
    await tx.db
      .updateTable('link_group')
      .set({
        name: after.name,
        memo: after.memo,
        settings: JSON.stringify(after.settings),
        version: after.version,
        updated_at: after.updatedAt,
      })
      .where('id', '=', before.id)
      .execute();
    recordGroup(tx, after, 'updated', changesBetween(before, after));
    return { group: after, webhookSecret: await openEndpoint(this.#endpoints, tx, after, before.settings) };
  }

  /** Writes one row. The links behave as ungrouped at once and are let go by `releaseLinks` later. */
  async delete(
    tx: Tx,
    projectId: number,
    publicId: string,
    expectedVersion: number | undefined,
  ): Promise<void> {
    const group = await this.#lock(tx, projectId, publicId);
    requireVersion(group.version, expectedVersion);
    const now = Date.now();
    const version = group.version + 1;
    await tx.db
      .updateTable('link_group')
      .set({ deleted_at: now, updated_at: now, version })
      .where('id', '=', group.id)
      .execute();
    recordGroup(tx, { ...group, version }, 'deleted', {});
  }

  /** Takes up to `limit` links out of deleted groups. @returns how many; 0 when nothing is left to do */
  releaseLinks(tx: Tx, limit: number): Promise<number> {
    return releaseLinks(tx, this.#database.dialect, limit);
  }

  /**
   * Resolves a group named by a caller. It is not locked: a link put into a group that is deleted at the same
   * moment is simply ungrouped, as if it had been there before.
   *
   * @throws Failure `invalid`, naming `field`
   */
  async require(tx: Tx, projectId: number, publicId: string, field: string): Promise<Group> {
    const row = await groupOf(tx, projectId, publicId).executeTakeFirst();
    if (!row) throw Failure.invalidField(field, `there is no group ${publicId}`);
    return groupFromRow(row);
  }

  /** Whose id this is: of a group of the project that lives, of some other or deleted one, or of none. */
  async ownerOfId(tx: Tx, projectId: number, publicId: string): Promise<'project' | 'other' | 'nobody'> {
    const row = await tx.db
      .selectFrom('link_group')
      .select(['project_id', 'deleted_at'])
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) return 'nobody';
    return row.project_id === projectId && row.deleted_at === null ? 'project' : 'other';
  }

  /** The oldest group of the project with exactly this name. */
  async findNamed(tx: Tx, projectId: number, name: string): Promise<Group | undefined> {
    const row = await tx.db
      .selectFrom('link_group')
      .selectAll()
      .where('deleted_at', 'is', null)
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return row && groupFromRow(row);
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<Group> {
    const query = groupOf(tx, projectId, publicId);
    return groupFromRow(await loadLocked(this.#database.dialect, query, `Group ${publicId}`));
  }
}
