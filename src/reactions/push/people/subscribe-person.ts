import type { BatchWriter } from '../../../db/batch-writer.ts';
import { newPublicId } from '../../../db/public-id.ts';
import { Failure } from '../../../errors.ts';
import type { CheckedSubscription } from '../subscription-input.ts';
import {
  MOST_PEOPLE,
  type PersonRow,
  type PersonSubscription,
  personFromRow,
} from './person-subscription.ts';

export interface SubscribePerson {
  readonly projectId: number;
  readonly subscription: CheckedSubscription;
  readonly label: string;
}

const COLUMNS = {
  public_id: 'text',
  project_id: 'bigint',
  audience: 'text',
  endpoint: 'text',
  endpoint_hash: 'text',
  p256dh: 'text',
  auth: 'text',
  label: 'text',
  created_at: 'bigint',
} as const;

/**
 * A browser that is there already gets its new keys and label.
 *
 * @throws Failure `conflict` when the project has as many as it may have
 */
export async function subscribePerson(
  writer: BatchWriter,
  { projectId, subscription, label }: SubscribePerson,
  now: number,
): Promise<{ subscription: PersonSubscription; isNew: boolean }> {
  const { endpoint, endpointHash, p256dh, auth } = subscription;
  const publicId = newPublicId('sub');
  return await writer.transact(async (tx) => {
    await tx.takeTurnIn(`people:${projectId}`);
    await tx.insertMany({
      table: 'push_subscription',
      columns: COLUMNS,
      rows: [[publicId, projectId, 'people', endpoint, endpointHash, p256dh, auth, label, now]],
      onConflict: `on conflict (project_id, audience, endpoint_hash) do update set
        p256dh = excluded.p256dh, auth = excluded.auth, label = excluded.label`,
    });
    const rows = await tx.all<PersonRow>(
      `select public_id, label, endpoint, endpoint_hash, created_at from push_subscription
       where project_id = $1 and audience = 'people'`,
      [projectId],
    );
    if (rows.length > MOST_PEOPLE) {
      throw new Failure(
        'conflict',
        `A project notifies ${MOST_PEOPLE} browsers at most. Remove one that is not used any more.`,
      );
    }
    const row = rows.find(({ endpoint_hash }) => endpoint_hash === endpointHash) as PersonRow;
    return { subscription: personFromRow(row), isNew: row.public_id === publicId };
  });
}
