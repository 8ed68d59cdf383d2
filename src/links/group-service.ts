import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Database, Reader, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import type { GroupTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import type { Group } from './group.ts';
import { changesBetween } from './history.ts';
import { parts } from './link-repository.ts';
import { applySettings, type PreparedSettings } from './settings-change.ts';

export interface GroupInput {
  readonly name?: string;
  readonly memo?: string;
  readonly settings: PreparedSettings;
}

export interface GroupQuery {
  readonly projectId: number;
  readonly search?: string;
  /** Rows with a smaller id than this; newest come first. */
  readonly before?: number;
  readonly limit: number;
}

/** Groups: one row each, whatever the number of links that follow it. */
export class GroupService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list({ projectId, search, before, limit }: GroupQuery): Promise<Group[]> {
    let query = live(this.#database.read).where('project_id', '=', projectId);
    if (search !== undefined) {
      query = query.where((eb) => this.#database.dialect.contains(eb.ref('name'), search));
    }
    if (before !== undefined) query = query.where('id', '<', before);
    const rows = await query.orderBy('id', 'desc').limit(limit).execute();
    return rows.map(groupFromRow);
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<Group> {
    const row = await live(this.#database.read)
      .where('project_id', '=', projectId)
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Group ${publicId}`);
    return groupFromRow(row);
  }

  async create(
    tx: Tx,
    projectId: number,
    input: GroupInput & { readonly name: string },
    path?: string,
  ): Promise<Group> {
    const now = Date.now();
    const settings = applySettings({}, input.settings, path);
    const row = await tx.db
      .insertInto('link_group')
      .values({
        public_id: newPublicId('grp'),
        project_id: projectId,
        name: input.name,
        memo: input.memo ?? '',
        settings: JSON.stringify(settings),
        webhook_secret: null,
        created_at: now,
        updated_at: now,
        deleted_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const group = groupFromRow(row);
    record(tx, group, 'created', changesBetween({}, { name: group.name, memo: group.memo, settings }));
    return group;
  }

  /** Writes one row; every link of the group follows it on its next visit. */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    input: GroupInput,
    expectedVersion: number | undefined,
  ): Promise<Group> {
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
    return after;
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

  async addToLinkCount(tx: Tx, groupId: number, difference: number): Promise<void> {
    if (difference === 0) return;
    await tx.db
      .updateTable('link_group')
      .set({ link_count: sql`link_count + ${difference}` })
      .where('id', '=', groupId)
      .execute();
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<Group> {
    const row = await ofPublicId(tx, projectId, publicId)
      .modifyEnd(sql.raw(this.#database.dialect.forUpdate))
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Group ${publicId}`);
    return groupFromRow(row);
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

function live(read: Reader) {
  return read.selectFrom('link_group').selectAll().where('deleted_at', 'is', null);
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
