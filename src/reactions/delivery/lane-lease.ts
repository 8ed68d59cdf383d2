import type { BatchReader, BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import type { ChannelName } from './delivery.ts';
import type { LaneKey } from './lane.ts';

/** Nobody else takes a lane up before its owner has been silent for so long. */
export const LEASE_MS = 30_000;

/** Ends all leases, for an engine that is the only one of its store: whoever held them is dead. */
export async function endLeases(writer: BatchWriter): Promise<void> {
  await writer.transact((tx) =>
    tx.run(
      'update delivery_lane set lease_owner = null, lease_until = 0 where lease_owner is not null or lease_until > 0',
      [],
    ),
  );
}

export interface ClaimedLane extends LaneKey {
  readonly failingSince: number | null;
}

export interface Claim {
  readonly owner: string;
  readonly now: number;
  /** Of each channel how many lanes, and of these at most how many whose receiver failed the last time. */
  readonly channels: readonly ChannelClaim[];
}

export interface ChannelClaim {
  readonly channel: ChannelName;
  readonly places: number;
  readonly failingPlaces: number;
}

interface ClaimedRow {
  readonly lane: string;
  readonly channel: string;
  readonly project_id: number;
  readonly failing_since: number | null;
}

const DUE = 'due_at <= $1 and open_at <= $1 and lease_until <= $1';

/** Whether a claim would find anything: asked without a transaction, since mostly nothing is due. */
export async function anyLaneDue(events: BatchReader, now: number): Promise<boolean> {
  const found = await events.all(
    'select 1 as found from delivery_lane where due_at <= $1 and lease_until <= $1 limit 1',
    [now],
  );
  return found.length > 0;
}

/** When a lane will be due next, of those that are not; undefined when there is none. */
export async function nextLaneDueAt(events: BatchReader, now: number): Promise<number | undefined> {
  const [next] = await events.all<{ due_at: number }>(
    'select due_at from delivery_lane where due_at > $1 order by due_at limit 1',
    [now],
  );
  return next?.due_at;
}

/** Takes lanes that are due, those first that have been for longest. What somebody else is just writing to is left. */
export async function claimLanes(writer: BatchWriter, claim: Claim): Promise<ClaimedLane[]> {
  return await writer.transact(async (tx) => {
    await postponeClosed(tx, claim.now);
    const lanes: ClaimedLane[] = [];
    for (const { channel, places, failingPlaces } of claim.channels) {
      const claimed = (condition: string, most: number) => claimWhere(tx, condition, channel, most, claim);
      const failing = await claimed('failing_since is not null', Math.min(failingPlaces, places));
      lanes.push(...failing, ...(await claimed('failing_since is null', places - failing.length)));
    }
    return lanes;
  });
}

async function claimWhere(
  tx: BatchTransaction,
  condition: string,
  channel: ChannelName,
  places: number,
  { owner, now }: Claim,
): Promise<ClaimedLane[]> {
  if (places <= 0) return [];
  const rows = await tx.all<ClaimedRow>(
    `with free as materialized (
       select lane from delivery_lane where ${DUE} and channel = $5 and ${condition}
        order by due_at limit $2 ${tx.skipLocked})
     update delivery_lane set lease_owner = $3, lease_until = $4 where lane in (select lane from free)
     returning lane, channel, project_id, failing_since`,
    [now, places, owner, now + LEASE_MS, channel],
  );
  return rows.map(({ lane, project_id, failing_since }) => ({
    lane,
    channel,
    projectId: project_id,
    failingSince: failing_since,
  }));
}

/** Lanes that something was added to while they are closed: else every claim would look at them again. */
async function postponeClosed(tx: BatchTransaction, now: number): Promise<void> {
  await tx.run(
    `with closed as materialized (
       select lane from delivery_lane where due_at <= $1 and open_at > $1 order by due_at limit 1000 ${tx.skipLocked})
     update delivery_lane set due_at = open_at where lane in (select lane from closed)`,
    [now],
  );
}

/** Holds the rows of these lanes until the transaction ends, whoever owns them. */
export async function lockLanes(tx: BatchTransaction, lanes: readonly LaneKey[]): Promise<void> {
  const inOrder = [...lanes].sort((a, b) => (a.lane < b.lane ? -1 : 1));
  await tx.insertMany({
    table: 'delivery_lane',
    columns: { lane: 'text', channel: 'text', project_id: 'bigint' },
    rows: inOrder.map(({ lane, channel, projectId }) => [lane, channel, projectId]),
    onConflict: 'on conflict (lane) do update set waiting = delivery_lane.waiting',
  });
}

/** @returns those that still are the owner's; the others were taken over */
export async function renewLeases(
  writer: BatchWriter,
  owner: string,
  lanes: readonly LaneKey[],
  now: number,
): Promise<Set<string>> {
  return await writer.transact(async (tx) => {
    await lockLanes(tx, lanes);
    const renewed = await tx.allOf<{ lane: string }>(
      `update delivery_lane set lease_until = asked.until from {asked}
        where delivery_lane.lane = asked.lane and delivery_lane.lease_owner = asked.owner
       returning delivery_lane.lane`,
      {
        columns: { lane: 'text', owner: 'text', until: 'bigint' },
        rows: lanes.map(({ lane }) => [lane, owner, now + LEASE_MS]),
      },
    );
    return new Set(renewed.map(({ lane }) => lane));
  });
}
