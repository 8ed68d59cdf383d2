import type { BatchTransaction, BatchWriter } from '../../../db/batch-writer.ts';

export interface Receipt {
  /** Of the delivery. Whoever knows it has been sent it. */
  readonly eventId: string;
  readonly event: 'shown' | 'clicked';
}

/**
 * Counts what browsers have done with messages: each of them once, and who has followed one has seen it. What belongs
 * to no message, or to one that has been forgotten, counts nothing.
 */
export async function recordReceipts(
  writer: BatchWriter,
  receipts: readonly Receipt[],
  now: number,
): Promise<void> {
  const clicked = new Set(receipts.filter(({ event }) => event === 'clicked').map(({ eventId }) => eventId));
  // In one order everywhere, so that two processes counting at once cannot block each other.
  const seen = [...new Set(receipts.map(({ eventId }) => eventId))].sort();
  await writer.transact(async (tx) => {
    const counts = new Map<number, { shown: number; clicked: number }>();
    for (const { id, message_id } of await deliveriesOf(tx, seen)) {
      const count = counts.get(message_id) ?? { shown: 0, clicked: 0 };
      counts.set(message_id, count);
      count.shown += await mark(tx, 'shown_at', id, now);
    }
    for (const { id, message_id } of await deliveriesOf(tx, [...clicked].sort())) {
      (counts.get(message_id) as { clicked: number }).clicked += await mark(tx, 'clicked_at', id, now);
    }
    for (const [id, { shown, clicked }] of [...counts].sort(([a], [b]) => a - b)) {
      if (shown + clicked === 0) continue;
      await tx.run('update push_message set shown = shown + $2, clicked = clicked + $3 where id = $1', [
        id,
        shown,
        clicked,
      ]);
    }
  });
}

async function deliveriesOf(
  tx: BatchTransaction,
  eventIds: readonly string[],
): Promise<{ readonly id: number; readonly message_id: number }[]> {
  if (eventIds.length === 0) return [];
  return await tx.findEach<{ id: number; message_id: number }>(
    {
      select: 'delivery.id, delivery.message_id',
      from: 'delivery',
      where: `delivery.event_id = asked.event_id and delivery.kind = 'message'`,
    },
    { columns: { event_id: 'text' }, rows: eventIds.map((id) => [id]) },
  );
}

function mark(
  tx: BatchTransaction,
  column: 'shown_at' | 'clicked_at',
  id: number,
  now: number,
): Promise<number> {
  return tx.run(`update delivery set ${column} = $2 where id = $1 and ${column} is null`, [id, now]);
}
