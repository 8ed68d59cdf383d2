import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { Failure } from '../../errors.ts';
import { type ChannelName, type DeliveryKind, DeliveryState } from './delivery.ts';
import { type LaneKey, mostWaiting } from './lane.ts';
import { lockLanes } from './lane-lease.ts';

export interface ReplayedOne {
  readonly projectId: number;
  readonly eventId: string;
}

export interface ReplayedFailed {
  readonly projectId: number;
  /** Only those to this webhook. */
  readonly endpointId?: number;
  /** Milliseconds: what has failed, or turned out not to be sendable, at or after it. */
  readonly failedSince: number;
}

export interface Replayed {
  readonly replayed: number;
  /** Not replayed, because too many wait already. */
  readonly noRoom: number;
}

/** Of which at most so many are replayed in one transaction. */
const ROWS_LOOKED_AT = 1_000;

interface FoundRow {
  readonly id: number;
  readonly lane: string;
  readonly channel: ChannelName;
  readonly kind: DeliveryKind;
  readonly project_id: number;
  readonly state: number;
  readonly finished_at: number | null;
  readonly message_id: number | null;
}

/**
 * Sends again what has come to its end, under the same event id: due now, and tried as often as if it were new. One can be
 * asked for whatever became of it (one that waits is then due at once), of many only those that were not delivered.
 * Messages to subscribers stay as they are: their counts are of what happened the first time.
 *
 * @throws Failure `not-found` when there is no such delivery, `conflict` when it is part of a message or finds no room
 */
export async function replayDeliveries(
  writer: BatchWriter,
  which: ReplayedOne | ReplayedFailed,
  now: number,
): Promise<Replayed> {
  return 'eventId' in which ? await replayOne(writer, which, now) : await replayFailed(writer, which, now);
}

async function replayFailed(writer: BatchWriter, which: ReplayedFailed, now: number): Promise<Replayed> {
  const total = { replayed: 0, noRoom: 0 };
  for (let after = 0; ; ) {
    const rows = await readPage(writer, which, after);
    const last = rows.at(-1);
    if (!last) return total;
    after = last.id;
    const failed = rows.filter((row) => isMissed(row, which));
    if (failed.length === 0) continue;
    const { replayed, noRoom } = await writer.transact((tx) =>
      putBack(tx, failed, DeliveryState.failed, now),
    );
    total.replayed += replayed;
    total.noRoom += noRoom;
  }
}

/** Of a webhook only what it was to be told: not that somebody tried it, nor the mail that it was disabled. */
function isMissed(
  { state, kind, channel, finished_at }: FoundRow,
  { endpointId, failedSince }: ReplayedFailed,
): boolean {
  if (state < DeliveryState.failed || (finished_at ?? 0) < failedSince) return false;
  if (kind === 'test' || kind === 'message') return false;
  return endpointId === undefined || channel === 'webhook';
}

async function replayOne(
  writer: BatchWriter,
  { projectId, eventId }: ReplayedOne,
  now: number,
): Promise<Replayed> {
  const [found] = await writer.events.all<FoundRow>(
    `select ${COLUMNS} from delivery where event_id = $1 and project_id = $2`,
    [eventId, projectId],
  );
  if (!found) throw Failure.notFound(`Delivery ${eventId}`);
  if (found.message_id !== null) {
    throw new Failure('conflict', 'A message to subscribers cannot be replayed; send it again.');
  }
  const done = await writer.transact((tx) => putBack(tx, [found], DeliveryState.waiting, now));
  if (done.noRoom > 0) throw new Failure('conflict', 'Too many deliveries to this receiver wait already.');
  return done;
}

const COLUMNS = 'id, lane, channel, kind, project_id, state, finished_at, message_id';

/** In the order of ids, whatever became of them: what is put back is not met again. */
async function readPage(
  { events }: BatchWriter,
  { projectId, endpointId }: ReplayedFailed,
  after: number,
): Promise<FoundRow[]> {
  const [column, value] = endpointId === undefined ? ['project_id', projectId] : ['endpoint_id', endpointId];
  return await events.all<FoundRow>(
    `select ${COLUMNS} from delivery where ${column} = $1 and project_id = $2 and id > $3 order by id limit $4`,
    [value, projectId, after, ROWS_LOOKED_AT],
  );
}

/** @param from the least state that is put back: between the look and now somebody else may have done it */
async function putBack(
  tx: BatchTransaction,
  rows: readonly FoundRow[],
  from: DeliveryState,
  now: number,
): Promise<Replayed> {
  const lanes = new Map<string, LaneKey>(
    rows.map(({ lane, channel, project_id }) => [lane, { lane, channel, projectId: project_id }]),
  );
  await lockLanes(tx, [...lanes.values()]);
  const room = await roomIn(tx, lanes);
  const states = await statesOf(tx, rows);
  const wanted = rows.filter(({ id }) => (states.get(id) ?? -1) >= from);
  const fitting = wanted.filter(({ id, lane }) => {
    if (states.get(id) === DeliveryState.waiting) return true;
    const left = room.get(lane) as number;
    room.set(lane, left - 1);
    return left > 0;
  });
  await tx.allOf(
    `update delivery set state = 0, reason = null, attempts = 0, due_at = asked.due_at, finished_at = null
       from {asked} where delivery.id = asked.id returning delivery.id`,
    { columns: { id: 'bigint', due_at: 'bigint' }, rows: fitting.map(({ id }) => [id, now]) },
  );
  const added = Map.groupBy(fitting, ({ lane }) => lane);
  await tx.allOf(
    `update delivery_lane set waiting = delivery_lane.waiting + asked.added,
       due_at = case when delivery_lane.due_at < asked.now then delivery_lane.due_at else asked.now end
       from {asked} where delivery_lane.lane = asked.lane returning delivery_lane.lane`,
    {
      columns: { lane: 'text', added: 'bigint', now: 'bigint' },
      rows: [...added].map(([lane, of]) => [
        lane,
        of.filter(({ id }) => states.get(id) !== DeliveryState.waiting).length,
        now,
      ]),
    },
  );
  return { replayed: fitting.length, noRoom: wanted.length - fitting.length };
}

async function roomIn(
  tx: BatchTransaction,
  lanes: ReadonlyMap<string, LaneKey>,
): Promise<Map<string, number>> {
  const names = [...lanes.keys()];
  const rows = await tx.findEach<{ waiting: number }>(
    { select: 'delivery_lane.waiting', from: 'delivery_lane', where: 'delivery_lane.lane = asked.lane' },
    { columns: { lane: 'text' }, rows: names.map((name) => [name]) },
  );
  return new Map(
    rows.map(({ n, waiting }) => {
      const { lane, channel } = lanes.get(names[n] as string) as LaneKey;
      return [lane, mostWaiting({ channel, messageId: null }) - waiting];
    }),
  );
}

async function statesOf(tx: BatchTransaction, rows: readonly FoundRow[]): Promise<Map<number, number>> {
  const found = await tx.findEach<{ state: number }>(
    { select: 'delivery.state', from: 'delivery', where: 'delivery.id = asked.id' },
    { columns: { id: 'bigint' }, rows: rows.map(({ id }) => [id]) },
  );
  return new Map(found.map(({ n, state }) => [rows[n]?.id as number, state]));
}
