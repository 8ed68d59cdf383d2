import type { BatchTransaction } from '../../../db/batch-writer.ts';

/** Deliveries that wait for it end as gone when their turn comes. */
export async function removeSubscription(tx: BatchTransaction, id: number): Promise<void> {
  await tx.run('delete from push_subscription_link where subscription_id = $1', [id]);
  await tx.run('delete from push_subscription where id = $1', [id]);
}
