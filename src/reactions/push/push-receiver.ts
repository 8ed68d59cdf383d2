import type { BatchReader } from '../../db/batch-writer.ts';

/** A browser as its push service knows it. */
export interface PushReceiver {
  readonly id: number;
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** Those of the subscriptions that have not ended. */
export async function loadPushReceivers(
  events: BatchReader,
  ids: readonly number[],
): Promise<ReadonlyMap<number, PushReceiver>> {
  const rows = await events.findEach<PushReceiver>(
    {
      select:
        'push_subscription.id, push_subscription.endpoint, push_subscription.p256dh, push_subscription.auth',
      from: 'push_subscription',
      where: 'push_subscription.id = asked.id',
    },
    { columns: { id: 'bigint' }, rows: ids.map((id) => [id]) },
  );
  return new Map(rows.map(({ id, endpoint, p256dh, auth }) => [id, { id, endpoint, p256dh, auth }]));
}
