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
