import type { BatchReader } from '../../db/batch-writer.ts';

/** A browser as its push service knows it. */
export interface PushReceiver {
  readonly id: number;
  readonly endpoint: string;
  /** Of the endpoint, as it is stored. */
  readonly endpointHash: string;
  readonly p256dh: string;
  readonly auth: string;
}

type ReceiverRow = Omit<PushReceiver, 'endpointHash'> & { readonly endpoint_hash: string };

/** Those of the subscriptions that have not ended. */
export async function loadPushReceivers(
  events: BatchReader,
  ids: readonly number[],
): Promise<ReadonlyMap<number, PushReceiver>> {
  const rows = await events.findEach<ReceiverRow>(
    {
      select:
        'push_subscription.id, push_subscription.endpoint, push_subscription.endpoint_hash, push_subscription.p256dh, push_subscription.auth',
      from: 'push_subscription',
      where: 'push_subscription.id = asked.id',
    },
    { columns: { id: 'bigint' }, rows: ids.map((id) => [id]) },
  );
  return new Map(
    rows.map(({ id, endpoint, endpoint_hash: endpointHash, p256dh, auth }) => [
      id,
      { id, endpoint, endpointHash, p256dh, auth },
    ]),
  );
}
