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
  /** Only those to this webhook; what waits there for its next try is brought forward. */
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
  readonly attempts: number;
  readonly finished_at: number | null;
  readonly message_id: number | null;
}

/**
 * Sends again what has come to its end, under the same event id: due now, and tried as often as if it were new. One can be
 * asked for whatever became of it, of many only those that were not delivered. What has been tried and waits for its next
 * try is brought forward; what has not been tried yet is left alone. Messages to subscribers stay as they are: their
 * counts are of what happened the first time.
 *
 * @throws Failure `not-found` when there is no such delivery, `conflict` when it is part of a message, has not been tried
 * yet or finds no room
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
    const { replayed, noRoom } = await writer.transact((tx) => putBack(tx, failed, isUnsent, now));
    total.replayed += replayed;
    total.noRoom += noRoom;
  }
}

/** Of a webhook only what it was to be told: not that somebody tried it, nor the mail that it was disabled. */
function isMissed(row: FoundRow, { endpointId, failedSince }: ReplayedFailed): boolean {
  const { state, kind, channel, finished_at } = row;
  if (kind === 'test' || kind === 'message') return false;
  if (endpointId !== undefined && channel !== 'webhook') return false;
  if (state === DeliveryState.waiting) return endpointId !== undefined && isUnsent(row);
  return isUnsent(row) && (finished_at ?? 0) >= failedSince;
}

type Standing = Pick<FoundRow, 'state' | 'attempts'>;

/** It was tried or ended, and is not delivered. */
function isUnsent(standing: Standing): boolean {
  return standing.state !== DeliveryState.delivered && isTriedOrEnded(standing);
}

function isTriedOrEnded({ state, attempts }: Standing): boolean {
  return state !== DeliveryState.waiting || attempts > 0;
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
  const done = await writer.transact((tx) => putBack(tx, [found], isTriedOrEnded, now));
  if (done.noRoom > 0) throw new Failure('conflict', 'Too many deliveries to this receiver wait already.');
  if (done.replayed === 0)
    throw new Failure('conflict', 'The delivery still waits to be made; there is nothing to replay');
  return done;
}

const COLUMNS = 'id, lane, channel, kind, project_id, state, attempts, finished_at, message_id';

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

/** @param isWanted asked again of how they stand now: between the look and now somebody else may have done it */
async function putBack(
  tx: BatchTransaction,
  rows: readonly FoundRow[],
  isWanted: (standing: Standing) => boolean,
  now: number,
): Promise<Replayed> {
  const lanes = new Map<string, LaneKey>(
    rows.map(({ lane, channel, project_id }) => [lane, { lane, channel, projectId: project_id }]),
  );
  await lockLanes(tx, [...lanes.values()]);
  const room = await roomIn(tx, lanes);
  const standings = await standingsOf(tx, rows);
  const waits = ({ id }: FoundRow) => standings.get(id)?.state === DeliveryState.waiting;
  const wanted = rows.filter(({ id }) => {
    const standing = standings.get(id);
    return standing !== undefined && isWanted(standing);
  });
  const fitting = wanted.filter((row) => {
    if (waits(row)) return true;
    const left = room.get(row.lane) as number;
    room.set(row.lane, left - 1);
    return left > 0;
  });
  await tx.allOf(
    `update delivery set state = 0, reason = null, attempts = 0, due_at = asked.due_at, finished_at = null
       from {asked} where delivery.id = asked.id returning delivery.id`,
    { columns: { id: 'bigint', due_at: 'bigint' }, rows: fitting.map(({ id }) => [id, now]) },
  );
  const added = Map.groupBy(fitting, ({ lane }) => lane);
  // Of mails `open_at` keeps the distance between two of them; of others it is a pause that is over now.
  await tx.allOf(
    `update delivery_lane set waiting = delivery_lane.waiting + asked.added,
       open_at = case when delivery_lane.channel = 'mail' then delivery_lane.open_at else 0 end,
       due_at = case when delivery_lane.due_at < asked.now then delivery_lane.due_at else asked.now end
       from {asked} where delivery_lane.lane = asked.lane returning delivery_lane.lane`,
    {
      columns: { lane: 'text', added: 'bigint', now: 'bigint' },
      rows: [...added].map(([lane, of]) => [lane, of.filter((row) => !waits(row)).length, now]),
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

async function standingsOf(tx: BatchTransaction, rows: readonly FoundRow[]): Promise<Map<number, Standing>> {
  const found = await tx.findEach<Standing>(
    { select: 'delivery.state, delivery.attempts', from: 'delivery', where: 'delivery.id = asked.id' },
    { columns: { id: 'bigint' }, rows: rows.map(({ id }) => [id]) },
  );
  return new Map(found.map(({ n, ...standing }) => [rows[n]?.id as number, standing]));
}
