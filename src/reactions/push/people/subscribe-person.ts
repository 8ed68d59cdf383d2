import type { BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';
import { saveSubscription } from '../save-subscription.ts';
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
  return await writer.transact(async (tx) => {
    await tx.takeTurnIn(`people:${projectId}`);
    const publicId = await saveSubscription(tx, { projectId, audience: 'people', subscription, label }, now);
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
    const row = rows.find(({ endpoint_hash }) => endpoint_hash === subscription.endpointHash) as PersonRow;
    return { subscription: personFromRow(row), isNew: row.public_id === publicId };
  });
}
