import type { BatchWriter } from '../../db/batch-writer.ts';
import type { LaneKey } from './lane.ts';
import { lockLanes } from './lane-lease.ts';
import { type LaneRow, laneFromRow } from './lane-row.ts';

const LANES_AT_ONCE = 500;

/** Settings have changed: all lanes that are held are due, so that they are asked about again. */
export async function letHeldGo(writer: BatchWriter, now: number): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await writer.events.all<LaneRow>(
      `select lane, channel, project_id from delivery_lane where held is not null and lane > $1 order by lane limit $2`,
      [after, LANES_AT_ONCE],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.lane;
    await openLanes(writer, rows.map(laneFromRow), now);
  }
}

async function openLanes(writer: BatchWriter, lanes: readonly LaneKey[], now: number): Promise<void> {
  await writer.transact(async (tx) => {
    await lockLanes(tx, lanes);
    await tx.allOf(
      `update delivery_lane set open_at = 0, due_at = asked.now from {asked}
        where delivery_lane.lane = asked.lane and delivery_lane.held is not null and delivery_lane.due_at is not null
       returning delivery_lane.lane`,
      { columns: { lane: 'text', now: 'bigint' }, rows: lanes.map(({ lane }) => [lane, now]) },
    );
  });
}
