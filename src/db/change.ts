import type { Selectable } from 'kysely';
import type { ChangeTable } from './tables/config-tables.ts';

export type ChangedEntity = 'project' | 'domain' | 'group' | 'link' | 'app' | 'api-key' | 'webhook-endpoint';

/** One edit, as history keeps it and as link indexes, here and in other processes, follow it. */
export interface Change {
  readonly entity: ChangedEntity;
  readonly entityId: number;
  readonly publicId: string;
  readonly projectId: number | null;
  readonly action: 'created' | 'updated' | 'deleted' | 'moved';
  readonly version: number;
  /** What changed, for people: `{ field: { from, to } }`; secrets are never in it. */
  readonly data: Readonly<Record<string, unknown>>;
  /** `domainId/code` of every link index entry the change touches. */
  readonly codes: readonly string[];
}

export function changeFromRow(row: Selectable<ChangeTable>): Change {
  return {
    entity: row.entity as ChangedEntity,
    entityId: row.entity_id,
    publicId: row.public_id,
    projectId: row.project_id,
    action: row.action as Change['action'],
    version: row.version,
    data: JSON.parse(row.data),
    codes: JSON.parse(row.codes),
  };
}
