import type { BatchTransaction } from '../../db/batch-writer.ts';
import type { Settled } from '../delivery/channel.ts';
import { DeliveryState } from '../delivery/delivery.ts';
import { alertLane } from '../delivery/lane.ts';
import { calledHashOf } from './push-attempt.ts';
import { removeSubscription } from './subscribers/remove-subscription.ts';

/** What else follows from attempts: subscriptions that have ended are forgotten, and messages count who has them. */
export async function settlePushes(tx: BatchTransaction, settled: readonly Settled[]): Promise<void> {
  await countMessages(tx, settled);
  const gone = settled
    .filter(({ state, attempted }) => state === 'failed' && attempted.reason === 'gone')
    .sort((a, b) => (a.delivery.subscriptionId ?? 0) - (b.delivery.subscriptionId ?? 0));
  for (const one of gone) await forget(tx, one);
}

async function forget(
  tx: BatchTransaction,
  { delivery: { subscriptionId, lane }, attempted, now }: Settled,
): Promise<void> {
  if (subscriptionId === null) return;
  const [there] = await tx.all<{ endpoint_hash: string }>(
    'select endpoint_hash from push_subscription where id = $1',
    [subscriptionId],
  );
  // The browser has got another address meanwhile: that the old one is gone says nothing of it.
  if (there && there.endpoint_hash !== calledHashOf(attempted)) return;
  await removeSubscription(tx, subscriptionId);
  if (lane !== alertLane(subscriptionId)) return;
  // What still waits for this browser is due at once, and ends as this one did. The lane is locked by whoever settles.
  await tx.run(`update delivery set due_at = $1 where lane = $2 and state = ${DeliveryState.waiting}`, [
    now,
    lane,
  ]);
  await tx.run('update delivery_lane set due_at = $1 where lane = $2 and due_at > $1', [now, lane]);
}

interface Counts {
  sent: number;
  failed: number;
  gone: number;
  now: number;
}

async function countMessages(tx: BatchTransaction, settled: readonly Settled[]): Promise<void> {
  const counts = new Map<number, Counts>();
  for (const { delivery, state, attempted, now } of settled) {
    if (delivery.kind !== 'message' || delivery.messageId === null) continue;
    if (state !== 'delivered' && state !== 'failed') continue;
    const count = counts.get(delivery.messageId) ?? { sent: 0, failed: 0, gone: 0, now };
    if (state === 'delivered') count.sent++;
    else if (attempted.reason === 'gone') count.gone++;
    else count.failed++;
    counts.set(delivery.messageId, { ...count, now: Math.max(now, count.now) });
  }
  // In one order everywhere, so that two processes counting for the same messages cannot block each other.
  for (const [id, { sent, failed, gone, now }] of [...counts].sort(([a], [b]) => a - b)) {
    await tx.run(
      'update push_message set sent = sent + $1, failed = failed + $2, gone = gone + $3 where id = $4',
      [sent, failed, gone, id],
    );
    // `recipients` is written when all of them have their delivery.
    await tx.run(
      `update push_message set state = 'sent', finished_at = $1
       where id = $2 and state = 'sending' and recipients > 0 and sent + failed + gone >= recipients`,
      [now, id],
    );
  }
}
