import type { BatchTransaction } from '../../db/batch-writer.ts';
import type { Channel, Effect } from './channel.ts';
import { DeliveryState } from './delivery.ts';
import type { LaneKey } from './lane.ts';
import { LEASE_MS, lockLanes } from './lane-lease.ts';
import { joinWritings, type LaneWriting } from './lane-writing.ts';
import { type SettledAttempt, settleAttempt } from './settle-attempt.ts';

export interface WritingOwner {
  readonly owner: string;
  readonly now: number;
  readonly channelOf: (lane: LaneKey) => Channel;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface Written {
  /** Lanes that somebody else owns by now: nothing was written to them. */
  readonly lost: ReadonlySet<string>;
  readonly settled: readonly SettledAttempt[];
  readonly effects: readonly Effect[];
}

interface LaneRow {
  readonly lease_owner: string | null;
  readonly failing_since: number | null;
  readonly open_at: number;
  readonly held: string | null;
}

interface FoundDelivery {
  readonly state: number;
  readonly last_number: number;
}

/** Writes to lanes of one owner, in its transaction: attempts, what became of their deliveries, and the lanes. */
export async function writeLanes(
  tx: BatchTransaction,
  writings: readonly LaneWriting[],
  by: WritingOwner,
): Promise<Written> {
  const joined = joinWritings(writings);
  const lanes = joined.map(({ lane }) => lane);
  await lockLanes(tx, lanes);
  const owned = await loadOwned(tx, lanes, by.owner);
  const kept = joined.filter(({ lane }) => owned.has(lane.lane));
  const lost = new Set(lanes.map(({ lane }) => lane).filter((lane) => !owned.has(lane)));
  if (kept.length === 0) return { lost, settled: [], effects: [] };

  const found = await findDeliveries(tx, kept);
  const settled = kept.flatMap((writing) => settleLane(writing, owned, by));
  await insertAttempts(tx, kept, found);
  // One that somebody has ended while it was under way stays as it is.
  const standing = settled.filter(({ delivery }) => found.get(delivery.id)?.state === DeliveryState.waiting);
  await updateDeliveries(tx, standing);
  await updateLanes(tx, kept, owned, settled, standing, by);
  return { lost, settled: standing, effects: await settleChannels(tx, kept, standing, by) };
}

function settleLane(
  { lane, attempts = [] }: LaneWriting,
  owned: ReadonlyMap<string, LaneRow>,
  { channelOf, random }: WritingOwner,
): SettledAttempt[] {
  let failingSince = owned.get(lane.lane)?.failing_since ?? null;
  return attempts.map((attempt) => {
    const settled = settleAttempt(attempt, channelOf(lane), failingSince, random());
    failingSince = settled.failingSince;
    return settled;
  });
}

async function loadOwned(
  tx: BatchTransaction,
  lanes: readonly LaneKey[],
  owner: string,
): Promise<Map<string, LaneRow>> {
  const rows = await tx.findEach<LaneRow>(
    {
      select:
        'delivery_lane.lease_owner, delivery_lane.failing_since, delivery_lane.open_at, delivery_lane.held',
      from: 'delivery_lane',
      where: 'delivery_lane.lane = asked.lane',
    },
    { columns: { lane: 'text' }, rows: lanes.map(({ lane }) => [lane]) },
  );
  return new Map(
    rows.filter(({ lease_owner }) => lease_owner === owner).map((row) => [lanes[row.n]?.lane as string, row]),
  );
}

async function findDeliveries(
  tx: BatchTransaction,
  writings: readonly LaneWriting[],
): Promise<Map<number, FoundDelivery>> {
  const ids = writings.flatMap(({ attempts = [] }) => attempts.map(({ delivery }) => delivery.id));
  if (ids.length === 0) return new Map();
  const rows = await tx.findEach<FoundDelivery>(
    {
      select: `delivery.state, coalesce((select max(number) from delivery_attempt
        where delivery_attempt.delivery_id = delivery.id), 0) as last_number`,
      from: 'delivery',
      where: 'delivery.id = asked.id',
    },
    { columns: { id: 'bigint' }, rows: ids.map((id) => [id]) },
  );
  return new Map(rows.map((row) => [ids[row.n] as number, row]));
}

/** A replay begins to count anew, and the log goes on. */
async function insertAttempts(
  tx: BatchTransaction,
  writings: readonly LaneWriting[],
  found: ReadonlyMap<number, FoundDelivery>,
): Promise<void> {
  const numbers = new Map([...found].map(([id, { last_number }]) => [id, last_number]));
  const tried = writings.flatMap(({ attempts = [] }) => attempts.filter(({ tried }) => tried));
  await tx.insertMany({
    table: 'delivery_attempt',
    columns: {
      delivery_id: 'bigint',
      number: 'integer',
      at: 'bigint',
      duration_ms: 'integer',
      status: 'integer',
      error: 'text',
      answer: 'text',
    },
    rows: tried
      .filter(({ delivery }) => numbers.has(delivery.id))
      .map(({ delivery, attempted, at }) => {
        const number = (numbers.get(delivery.id) as number) + 1;
        numbers.set(delivery.id, number);
        const { durationMs, status, error, answer } = attempted;
        const startedAt = at - Math.round(durationMs);
        return [delivery.id, number, startedAt, Math.round(durationMs), status, error, answer];
      }),
  });
}

async function updateDeliveries(tx: BatchTransaction, settled: readonly SettledAttempt[]): Promise<void> {
  if (settled.length === 0) return;
  await tx.allOf(
    `update delivery set state = asked.state, reason = asked.reason, attempts = asked.attempts, due_at = asked.due_at,
       finished_at = asked.finished_at
       from {asked} where delivery.id = asked.id returning delivery.id`,
    {
      columns: {
        id: 'bigint',
        state: 'bigint',
        reason: 'text',
        attempts: 'bigint',
        due_at: 'bigint',
        finished_at: 'bigint',
      },
      rows: settled.map(({ delivery, state, reason, dueAt, now, tried }) => [
        delivery.id,
        DeliveryState[state],
        reason,
        delivery.attempts + (tried ? 1 : 0),
        dueAt,
        state === 'waiting' ? null : now,
      ]),
    },
  );
}

/**
 * The rows were taken before: this statement sees whatever was added to a lane by whoever held its row until then,
 * which a statement that had waited for the row itself would not.
 */
async function updateLanes(
  tx: BatchTransaction,
  writings: readonly LaneWriting[],
  owned: ReadonlyMap<string, LaneRow>,
  settled: readonly SettledAttempt[],
  standing: readonly SettledAttempt[],
  { owner, now }: WritingOwner,
): Promise<void> {
  const failingSince = new Map(settled.map(({ delivery, failingSince }) => [delivery.lane, failingSince]));
  const finished = new Map<string, number>();
  for (const { delivery, state } of standing) {
    if (state !== 'waiting') finished.set(delivery.lane, (finished.get(delivery.lane) ?? 0) + 1);
  }
  await tx.allOf(
    `update delivery_lane set waiting = delivery_lane.waiting - asked.finished, failing_since = asked.failing_since,
       open_at = asked.open_at, held = asked.held, lease_owner = asked.lease_owner, lease_until = asked.lease_until,
       due_at = (
         select case when first.due_at < asked.not_before then asked.not_before else first.due_at end
           from (select delivery.due_at from delivery where delivery.lane = asked.lane and delivery.state = 0
                  order by delivery.due_at limit 1) as first)
       from {asked} where delivery_lane.lane = asked.lane returning delivery_lane.lane`,
    {
      columns: {
        lane: 'text',
        finished: 'bigint',
        failing_since: 'bigint',
        open_at: 'bigint',
        held: 'text',
        lease_owner: 'text',
        lease_until: 'bigint',
        not_before: 'bigint',
      },
      rows: writings.map(({ lane: { lane }, release, ...said }) => {
        const row = owned.get(lane) as LaneRow;
        const openAt = said.openAt ?? row.open_at;
        const since = failingSince.get(lane);
        return [
          lane,
          finished.get(lane) ?? 0,
          since === undefined ? row.failing_since : since,
          openAt,
          said.held === undefined ? row.held : said.held,
          release ? null : owner,
          release ? 0 : now + LEASE_MS,
          Math.max(openAt, release?.notBefore ?? 0),
        ];
      }),
    },
  );
}

async function settleChannels(
  tx: BatchTransaction,
  writings: readonly LaneWriting[],
  settled: readonly SettledAttempt[],
  { channelOf }: WritingOwner,
): Promise<Effect[]> {
  const channels = new Set(writings.map(({ lane }) => channelOf(lane)));
  const effects: Effect[] = [];
  for (const channel of channels) {
    const own = settled.filter(({ delivery }) => delivery.channel === channel.name);
    if (own.length > 0) effects.push(...((await channel.settle?.(tx, own)) ?? []));
  }
  return effects;
}
