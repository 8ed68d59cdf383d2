import type { BatchInsert, BatchTransaction } from '../../db/batch-writer.ts';
import type { NewDelivery } from './delivery.ts';
import { MOST_WAITING } from './lane.ts';

const LANE_COLUMNS = {
  lane: 'text',
  channel: 'text',
  project_id: 'bigint',
  waiting: 'bigint',
  dropped: 'bigint',
  due_at: 'bigint',
} as const satisfies BatchInsert['columns'];

/** The first of two instants of which either may be missing, on both engines. */
const ADD_TO_LANE = `
  on conflict (lane) do update set
    waiting = delivery_lane.waiting + excluded.waiting,
    dropped = delivery_lane.dropped + excluded.dropped,
    due_at = case when excluded.due_at < coalesce(delivery_lane.due_at, excluded.due_at + 1)
                  then excluded.due_at else delivery_lane.due_at end`;

const DELIVERY_COLUMNS = {
  event_id: 'text',
  lane: 'text',
  channel: 'text',
  kind: 'text',
  project_id: 'bigint',
  endpoint_id: 'bigint',
  subscription_id: 'bigint',
  message_id: 'bigint',
  link_id: 'bigint',
  group_id: 'bigint',
  body: 'text',
  created_at: 'bigint',
  due_at: 'bigint',
} as const satisfies BatchInsert['columns'];

interface Filling {
  readonly channel: NewDelivery['channel'];
  readonly projectId: number;
  waiting: number;
  readonly kept: NewDelivery[];
  dropped: number;
}

/**
 * Puts deliveries into the outbox, in the transaction of whatever they are about. Those that are there already are
 * left as they are. A lane keeps its oldest: what finds no room in it is counted in `dropped`.
 *
 * @returns how many were kept
 */
export async function enqueue(tx: BatchTransaction, deliveries: readonly NewDelivery[]): Promise<number> {
  const fresh = await withoutKnown(tx, deliveries);
  if (fresh.length === 0) return 0;
  const lanes = await lockLanes(tx, fresh);
  for (const delivery of fresh) {
    const filling = lanes.get(delivery.lane) as Filling;
    if (filling.waiting + filling.kept.length < MOST_WAITING[delivery.channel]) filling.kept.push(delivery);
    else filling.dropped++;
  }
  const kept = [...lanes.values()].flatMap((filling) => filling.kept);
  await tx.insertMany({ table: 'delivery', columns: DELIVERY_COLUMNS, rows: kept.map(deliveryRow) });
  await tx.insertMany({
    table: 'delivery_lane',
    columns: LANE_COLUMNS,
    rows: [...lanes].map(([lane, { channel, projectId, kept, dropped }]) => [
      lane,
      channel,
      projectId,
      kept.length,
      dropped,
      kept.length === 0 ? null : Math.min(...kept.map(({ dueAt }) => dueAt)),
    ]),
    onConflict: ADD_TO_LANE,
  });
  return kept.length;
}

async function withoutKnown(
  tx: BatchTransaction,
  deliveries: readonly NewDelivery[],
): Promise<NewDelivery[]> {
  const unique = [...new Map(deliveries.map((delivery) => [delivery.eventId, delivery])).values()];
  if (unique.length === 0) return [];
  const known = await tx.findEach<{ id: number }>(
    { select: 'delivery.id', from: 'delivery', where: 'delivery.event_id = asked.event_id' },
    { columns: { event_id: 'text' }, rows: unique.map(({ eventId }) => [eventId]) },
  );
  const indexes = new Set(known.map(({ n }) => n));
  return unique.filter((_, index) => !indexes.has(index));
}

/** In one order everywhere, so that two processes writing to the same lanes cannot block each other. */
async function lockLanes(
  tx: BatchTransaction,
  deliveries: readonly NewDelivery[],
): Promise<Map<string, Filling>> {
  const lanes = new Map<string, Filling>();
  for (const { lane, channel, projectId } of [...deliveries].sort((a, b) => (a.lane < b.lane ? -1 : 1))) {
    if (!lanes.has(lane)) lanes.set(lane, { channel, projectId, waiting: 0, kept: [], dropped: 0 });
  }
  const names = [...lanes.keys()];
  await tx.insertMany({
    table: 'delivery_lane',
    columns: LANE_COLUMNS,
    rows: [...lanes].map(([lane, { channel, projectId }]) => [lane, channel, projectId, 0, 0, null]),
    onConflict: ADD_TO_LANE,
  });
  const found = await tx.findEach<{ waiting: number }>(
    { select: 'delivery_lane.waiting', from: 'delivery_lane', where: 'delivery_lane.lane = asked.lane' },
    { columns: { lane: 'text' }, rows: names.map((name) => [name]) },
  );
  for (const { n, waiting } of found) (lanes.get(names[n] as string) as Filling).waiting = waiting;
  return lanes;
}

function deliveryRow(delivery: NewDelivery): BatchInsert['rows'][number] {
  return [
    delivery.eventId,
    delivery.lane,
    delivery.channel,
    delivery.kind,
    delivery.projectId,
    delivery.endpointId,
    delivery.subscriptionId,
    delivery.messageId,
    delivery.linkId,
    delivery.groupId,
    delivery.body,
    delivery.createdAt,
    delivery.dueAt,
  ];
}
