import { type Change, changeFromRow } from './change.ts';
import type { Reader } from './database.ts';

export interface LoggedChange extends Change {
  readonly id: number;
  readonly at: number;
  /** `key:<public id>`, `cli`, `system`. */
  readonly actor: string;
}

export interface ChangeQuery {
  readonly projectId: number;
  readonly entity?: Change['entity'];
  readonly publicId?: string;
  /** Changes with a smaller id than this; newest come first. */
  readonly before?: number;
  readonly limit: number;
}

/** Who made each of these, by public id; what was made before there was a log is not in the answer. */
export async function listCreators(
  read: Reader,
  entity: Change['entity'],
  publicIds: readonly string[],
): Promise<Map<string, string>> {
  if (publicIds.length === 0) return new Map();
  const rows = await read
    .selectFrom('change')
    .select(['public_id', 'actor'])
    .where('public_id', 'in', publicIds)
    .where('entity', '=', entity)
    .where('action', '=', 'created')
    .execute();
  return new Map(rows.map(({ public_id, actor }) => [public_id, actor]));
}

/** The history of a project, newest first. */
export async function listChanges(read: Reader, query: ChangeQuery): Promise<LoggedChange[]> {
  const { projectId, entity, publicId, before, limit } = query;
  let rows = read.selectFrom('change').selectAll().where('project_id', '=', projectId);
  if (entity !== undefined) rows = rows.where('entity', '=', entity);
  if (publicId !== undefined) rows = rows.where('public_id', '=', publicId);
  if (before !== undefined) rows = rows.where('id', '<', before);
  const found = await rows.orderBy('id', 'desc').limit(limit).execute();
  return found.map((row) => ({ ...changeFromRow(row), id: row.id, at: row.at, actor: row.actor }));
}
