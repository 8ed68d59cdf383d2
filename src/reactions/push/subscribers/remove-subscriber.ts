import type { BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';
import { removeSubscription } from './remove-subscription.ts';

export interface SubscriberName {
  readonly projectId: number;
  readonly publicId: string;
}

/** Forgets a visitor's subscription. @throws Failure `not-found` */
export async function removeSubscriber(
  writer: BatchWriter,
  { projectId, publicId }: SubscriberName,
): Promise<void> {
  await writer.transact(async (tx) => {
    const [row] = await tx.all<{ id: number }>(
      `select id from push_subscription where project_id = $1 and public_id = $2 and audience = 'visitors'`,
      [projectId, publicId],
    );
    if (!row) throw Failure.notFound(`Subscriber ${publicId}`);
    await removeSubscription(tx, row.id);
  });
}
