import type { Selectable } from 'kysely';
import type { Reader } from '../../../db/database.ts';
import type { PushSubscriptionTable } from '../../../db/tables/event-tables.ts';

/** A browser of somebody who works with the project, without what only we and its push service may know. */
export interface PersonSubscription {
  readonly publicId: string;
  /** What its owner calls it, such as "Minji, laptop". */
  readonly label: string;
  /** Of the push service. */
  readonly host: string;
  /** SHA-256 of the endpoint, hex: by it a browser knows itself in a list. */
  readonly endpointHash: string;
  readonly createdAt: number;
}

/** As many as a project has: an alert goes to each of them. */
export const MOST_PEOPLE = 200;

export async function listPeople(read: Reader, projectId: number): Promise<PersonSubscription[]> {
  const rows = await read
    .selectFrom('push_subscription')
    .select(['public_id', 'label', 'endpoint', 'endpoint_hash', 'created_at'])
    .where('project_id', '=', projectId)
    .where('audience', '=', 'people')
    .orderBy('id')
    .execute();
  return rows.map(personFromRow);
}

export type PersonRow = Pick<
  Selectable<PushSubscriptionTable>,
  'public_id' | 'label' | 'endpoint' | 'endpoint_hash' | 'created_at'
>;

export function personFromRow(row: PersonRow): PersonSubscription {
  return {
    publicId: row.public_id,
    label: row.label,
    host: new URL(row.endpoint).host,
    endpointHash: row.endpoint_hash,
    createdAt: row.created_at,
  };
}
