import type { Selectable } from 'kysely';
import type { Tx } from '../../db/database.ts';
import type { GroupTable } from '../../db/tables/config-tables.ts';
import type { Group } from '../group.ts';

/** The group of the project with this id, if it lives. */
export function groupOf(tx: Tx, projectId: number, publicId: string) {
  return tx.db
    .selectFrom('link_group')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('project_id', '=', projectId)
    .where('public_id', '=', publicId);
}

export function groupFromRow(row: Selectable<GroupTable>): Group {
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

/** Notes what has become of a group, under the version it has now. */
export function recordGroup(
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
