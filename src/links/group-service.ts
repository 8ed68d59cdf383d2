import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import type { Database, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import type { GroupTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import type { Group } from './group.ts';
import type { PreparedGroup } from './group-input.ts';
import { changesBetween } from './history.ts';
import { parts } from './link-repository.ts';
import type { Settings } from './setting.ts';
import { applySettings } from './settings-change.ts';

export interface GroupFilter {
  readonly projectId: number;
  /** The row's own number, which one of the surfaces shows. */
  readonly id?: number;
  /** Part of the name, ignoring case. */
  readonly search?: string;
}

/** Newest first, unless `oldestFirst`. */
export interface GroupQuery extends GroupFilter {
  /** Rows with a smaller id than this, with a greater one than that. */
  readonly before?: number;
  readonly after?: number;
  readonly oldestFirst?: boolean;
  readonly limit: number;
  readonly offset?: number;
}

/** What a group that comes from elsewhere brings along. */
export interface GroupOrigin {
  /** Must be free. */
  readonly publicId?: string | undefined;
  readonly createdAt?: number | undefined;
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
    this.#requireTarget(settings, {}, path);
    await this.#requireWebhooksOn(tx, projectId, settings, {}, path);
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
    record(tx, group, 'created', changesBetween({}, { name: group.name, memo: group.memo, settings }));
    return { group, webhookSecret: await this.#openEndpoint(tx, group, {}) };
  }

  /** Writes one row; every link of the group follows it on its next visit. */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    input: PreparedGroup,
    expectedVersion: number | undefined,
  ): Promise<WrittenGroup> {
    const row = await this.#lock(tx, projectId, publicId);
    const before = groupFromRow(row);
    requireVersion(before.version, expectedVersion);
    const after: Group = {
      ...before,
      name: input.name ?? before.name,
      memo: input.memo ?? before.memo,
      settings: applySettings(before.settings, input.settings),
      version: before.version + 1,
      updatedAt: Date.now(),
    };
    this.#requireTarget(after.settings, before.settings);
    await this.#requireWebhooksOn(tx, projectId, after.settings, before.settings);
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
    record(tx, after, 'updated', changesBetween(before, after));
    return { group: after, webhookSecret: await this.#openEndpoint(tx, after, before.settings) };
  }

  /** @returns the secret of the group's endpoint when that was made just now; it outlives switching off and on again */
  async #openEndpoint(tx: Tx, { id, projectId, settings }: Group, before: Settings): Promise<string | null> {
    if (!settings.webhookEnabled) return null;
    const secret = await this.#endpoints.ensure(tx, projectId, id);
    const isNews = !before.webhookEnabled || settings.webhookUrl !== before.webhookUrl;
    if (secret === null && isNews) await this.#endpoints.enable(tx, projectId, id);
    return secret;
  }

  /** A receiver that is there already stays, whatever is allowed by now: it is looked at again when it is called. */
  #requireTarget({ webhookUrl }: Settings, before: Settings, path = ''): void {
    if (!webhookUrl || webhookUrl === before.webhookUrl) return;
    this.#endpoints.requireTarget(webhookUrl, `${path}settings.webhookUrl`);
  }

  /** @throws Failure `webhooks-off` when the project has webhooks switched off and the group switches its own on */
  async #requireWebhooksOn(
    tx: Tx,
    projectId: number,
    after: Settings,
    before: Settings,
    path = '',
  ): Promise<void> {
    if (!after.webhookEnabled || before.webhookEnabled) return;
    const project = await tx.db
      .selectFrom('project')
      .select('webhook_enabled')
      .where('id', '=', projectId)
      .executeTakeFirst();
    if (project?.webhook_enabled) return;
    throw new Failure(
      'webhooks-off',
      'Webhooks are switched off for the whole project; switch them on there first',
      [{ field: `${path}settings.webhookEnabled`, message: 'needs the webhooks of the project switched on' }],
    );
  }

  /** Writes one row. The links behave as ungrouped at once and are let go by `releaseLinks` later. */
  async delete(
    tx: Tx,
    projectId: number,
    publicId: string,
    expectedVersion: number | undefined,
  ): Promise<void> {
    const group = groupFromRow(await this.#lock(tx, projectId, publicId));
    requireVersion(group.version, expectedVersion);
    const now = Date.now();
    const version = group.version + 1;
    await tx.db
      .updateTable('link_group')
      .set({ deleted_at: now, updated_at: now, version })
      .where('id', '=', group.id)
      .execute();
    record(tx, { ...group, version }, 'deleted', {});
  }

  /** Takes up to `limit` links out of deleted groups. @returns how many; 0 when nothing is left to do */
  async releaseLinks(tx: Tx, limit: number): Promise<number> {
    const found = await tx.db
      .selectFrom('link')
      .innerJoin('link_group', 'link_group.id', 'link.group_id')
      .select('link.id')
      .where('link_group.deleted_at', 'is not', null)
      .limit(limit)
      .execute();
    for (const part of parts(found.map(({ id }) => id).sort((a, b) => a - b))) {
      // Locked in the order of all who lock links; one that has moved on since stays in its new group.
      const still = await tx.db
        .selectFrom('link')
        .select('id')
        .where('id', 'in', part)
        .where('group_id', 'in', (eb) =>
          eb.selectFrom('link_group').select('id').where('deleted_at', 'is not', null),
        )
        .orderBy('id')
        .modifyEnd(sql.raw(this.#database.dialect.forUpdate))
        .execute();
      if (still.length === 0) continue;
      const ids = still.map(({ id }) => id);
      await tx.db.updateTable('link').set({ group_id: null }).where('id', 'in', ids).execute();
    }
    return found.length;
  }

  /**
   * Resolves a group named by a caller. It is not locked: a link put into a group that is deleted at the same
   * moment is simply ungrouped, as if it had been there before.
   *
   * @throws Failure `invalid`, naming `field`
   */
  async require(tx: Tx, projectId: number, publicId: string, field: string): Promise<Group> {
    const row = await ofPublicId(tx, projectId, publicId).executeTakeFirst();
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

  async addToLinkCount(tx: Tx, groupId: number, difference: number): Promise<void> {
    if (difference === 0) return;
    await tx.db
      .updateTable('link_group')
      .set({ link_count: sql`link_count + ${difference}` })
      .where('id', '=', groupId)
      .execute();
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<Selectable<GroupTable>> {
    const row = await ofPublicId(tx, projectId, publicId)
      .modifyEnd(sql.raw(this.#database.dialect.forUpdate))
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Group ${publicId}`);
    return row;
  }
}

function ofPublicId(tx: Tx, projectId: number, publicId: string) {
  return tx.db
    .selectFrom('link_group')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('project_id', '=', projectId)
    .where('public_id', '=', publicId);
}

function record(
  tx: Tx,
  group: Group,
  action: 'created' | 'updated' | 'deleted',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'group',
    entityId: group.id,
    publicId: group.publicId,
    projectId: group.projectId,
    action,
    version: group.version,
    data,
    codes: [],
  });
}

function groupFromRow(row: Selectable<GroupTable>): Group {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    name: row.name,
    memo: row.memo,
    settings: JSON.parse(row.settings),
    linkCount: row.link_count,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
