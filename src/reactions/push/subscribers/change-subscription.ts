import type { BatchTransaction, BatchWriter } from '../../../db/batch-writer.ts';
import { type CheckedSubscription, endpointHash } from '../subscription-input.ts';
import { removeSubscription } from './remove-subscription.ts';

export interface SubscriptionChange {
  /** The endpoint the browser had; whoever knows it may take its place. */
  readonly endpoint: string;
  readonly subscription: CheckedSubscription;
}

interface Row {
  readonly id: number;
  readonly project_id: number;
  readonly audience: string;
}

/**
 * Follows a browser to its new subscription, in every project that writes to it. Where the new one is known already
 * the two become one.
 *
 * @returns how many followed; none when nobody knows the old endpoint
 */
export async function changeSubscription(
  writer: BatchWriter,
  { endpoint, subscription }: SubscriptionChange,
): Promise<{ readonly changed: number }> {
  const before = endpointHash(endpoint);
  if (before === subscription.endpointHash) return { changed: 0 };
  return await writer.transact(async (tx) => {
    const [old, there] = [await rowsOf(tx, before), await rowsOf(tx, subscription.endpointHash)];
    for (const row of old) {
      const twin = there.find((one) => one.project_id === row.project_id && one.audience === row.audience);
      if (twin) await merge(tx, row, twin);
      else await follow(tx, row, subscription);
    }
    return { changed: old.length };
  });
}

/** By id, so that two processes cannot wait for each other. */
function rowsOf(tx: BatchTransaction, hash: string): Promise<Row[]> {
  return tx.all<Row>(
    'select id, project_id, audience from push_subscription where endpoint_hash = $1 order by id',
    [hash],
  );
}

async function follow(tx: BatchTransaction, { id }: Row, subscription: CheckedSubscription): Promise<void> {
  const { endpoint, endpointHash, p256dh, auth } = subscription;
  await tx.run(
    'update push_subscription set endpoint = $2, endpoint_hash = $3, p256dh = $4, auth = $5 where id = $1',
    [id, endpoint, endpointHash, p256dh, auth],
  );
}

async function merge(tx: BatchTransaction, old: Row, twin: Row): Promise<void> {
  await tx.run(
    `insert into push_subscription_link (subscription_id, link_id, group_id, created_at)
     select $2, link_id, group_id, created_at from push_subscription_link where subscription_id = $1
     on conflict (subscription_id, link_id) do nothing`,
    [old.id, twin.id],
  );
  await removeSubscription(tx, old.id);
}
