import type { BatchInsert, BatchTransaction } from '../../db/batch-writer.ts';
import { DeliveryState, type FinalReason, type NewDelivery } from './delivery.ts';
import { mostWaiting } from './lane.ts';

const LANE_COLUMNS = {
  lane: 'text',
  channel: 'text',
  project_id: 'bigint',
  waiting: 'bigint',
  dropped: 'bigint',
  due_at: 'bigint',
} as const satisfies BatchInsert['columns'];

/** Adds up, or takes away; of two instants of which either may be missing the first, on both engines. */
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
  added: number;
  dropped: number;
  /** Of those that wait: how many the added ones take the place of. */
  superseded: number;
  /** Of what was added; null when nothing was. */
  firstDueAt: number | null;
  /** The same, milliseconds. */
  lastCreatedAt: number;
}

const SUPERSEDED: FinalReason = 'superseded';

/**
 * Puts deliveries into the outbox, in the transaction of whatever they are about. Those that are there already are
 * left as they are. A lane keeps its oldest: what finds no room in it is counted in `dropped`. A lane of mails keeps its
 * newest, since what a digest must not leave out is where the link has got to: there the oldest that wait come to their
 * end as `superseded`, and are what is counted.
 *
 * @param deliveries oldest first
 * @param refused what must not be sent to its receiver, a disabled one, and is only counted in `dropped`
 * @returns how many were put in
 */
export async function enqueue(
  tx: BatchTransaction,
  deliveries: readonly NewDelivery[],
  refused: readonly NewDelivery[] = [],
): Promise<number> {
  if (deliveries.length + refused.length === 0) return 0;
  // First the lanes: whoever puts in the same event at the same time has then been waited for, and is known.
  const lanes = await lockLanes(tx, [...deliveries, ...refused]);
  const fresh = await withoutKnown(tx, deliveries);
  const kept = fill(lanes, fresh);
  for (const { lane } of refused) (lanes.get(lane) as Filling).dropped++;
  await tx.insertMany({ table: 'delivery', columns: DELIVERY_COLUMNS, rows: kept.map(deliveryRow) });
  await makeRoom(tx, lanes);
  await addToLanes(tx, lanes);
  return kept.length;
}

/** @returns what there is room for, or has to be made for, in the order given */
function fill(lanes: ReadonlyMap<string, Filling>, fresh: readonly NewDelivery[]): NewDelivery[] {
  const kept = new Set<NewDelivery>();
  for (const deliveries of Map.groupBy(fresh, ({ lane }) => lane).values()) {
    const [one] = deliveries as [NewDelivery];
    const filling = lanes.get(one.lane) as Filling;
    const most = mostWaiting(one);
    const fitting = keepsNewest(filling)
      ? deliveries.slice(-most)
      : deliveries.slice(0, Math.max(0, most - filling.waiting));
    filling.added = fitting.length;
    filling.dropped += deliveries.length - fitting.length;
    filling.superseded = Math.max(0, filling.waiting + fitting.length - most);
    for (const delivery of fitting) {
      kept.add(delivery);
      filling.firstDueAt = Math.min(filling.firstDueAt ?? delivery.dueAt, delivery.dueAt);
      filling.lastCreatedAt = Math.max(filling.lastCreatedAt, delivery.createdAt);
    }
  }
  return fresh.filter((delivery) => kept.has(delivery));
}

function keepsNewest({ channel }: Pick<Filling, 'channel'>): boolean {
  return channel === 'mail';
}

/**
 * Ends the oldest of the lanes that are too full, whose rows are locked. One of them may be under way: whoever sends it
 * finds it ended, and leaves it so.
 */
async function makeRoom(tx: BatchTransaction, lanes: ReadonlyMap<string, Filling>): Promise<void> {
  for (const [lane, filling] of lanes) {
    if (filling.superseded === 0) continue;
    const ended = await tx.run(
      `update delivery set state = $1, reason = $2, finished_at = $3
         where id in (select id from delivery where lane = $4 and state = 0 order by id limit $5)`,
      [DeliveryState.failed, SUPERSEDED, filling.lastCreatedAt, lane, filling.superseded],
    );
    filling.added -= ended;
    filling.dropped += ended;
  }
}

function addToLanes(tx: BatchTransaction, lanes: ReadonlyMap<string, Filling>): Promise<void> {
  const rows = [...lanes].map(([lane, { channel, projectId, added, dropped, firstDueAt }]) => [
    lane,
    channel,
    projectId,
    added,
    dropped,
    firstDueAt,
  ]);
  return tx.insertMany({ table: 'delivery_lane', columns: LANE_COLUMNS, rows, onConflict: ADD_TO_LANE });
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
  const byLane = new Map(deliveries.map((delivery) => [delivery.lane, delivery]));
  const names = [...byLane.keys()].sort();
  const lanes = new Map<string, Filling>();
  for (const name of names) {
    const { channel, projectId } = byLane.get(name) as NewDelivery;
    lanes.set(name, {
      channel,
      projectId,
      waiting: 0,
      added: 0,
      dropped: 0,
      superseded: 0,
      firstDueAt: null,
      lastCreatedAt: 0,
    });
  }
  // Adding nothing makes the row where there is none, and locks it where there is one.
  await addToLanes(tx, lanes);
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
