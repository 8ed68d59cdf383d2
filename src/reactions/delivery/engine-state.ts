import type { BatchReader } from '../../db/batch-writer.ts';
import type { ChannelName } from './delivery.ts';
import type { ChannelFigures } from './delivery-meter.ts';

/** How deliveries stand: of this process, and of the outbox it shares with others. */
export interface EngineState {
  readonly lanesInWork: number;
  readonly underWay: number;
  /** Attempts that have ended and are not in the store yet. */
  readonly unwritten: number;
  /** The store cannot be written; nothing new is begun. */
  readonly stalled: boolean;
  readonly channels: Readonly<Record<ChannelName, ChannelFigures>>;
  readonly outbox: OutboxState;
}

export interface OutboxState {
  readonly waiting: Readonly<Record<ChannelName, number>>;
  /** Never kept, because too many waited in their lane; since that lane began. */
  readonly dropped: Readonly<Record<ChannelName, number>>;
  readonly heldLanes: number;
  /** Lanes whose receiver has not taken the last thing it was sent. */
  readonly failingLanes: number;
  /** Since when something could go out that has not; null when nothing does. */
  readonly overdueSince: number | null;
}

interface SummedRow {
  readonly channel: ChannelName;
  readonly waiting: number;
  readonly dropped: number;
  readonly held: number;
  readonly failing: number;
  readonly due_at: number | null;
}

export async function loadOutboxState(events: BatchReader, now: number): Promise<OutboxState> {
  const rows = await events.all<SummedRow>(
    `select channel, sum(waiting) as waiting, sum(dropped) as dropped,
            sum(case when held is not null and waiting > 0 then 1 else 0 end) as held,
            sum(case when failing_since is not null and waiting > 0 then 1 else 0 end) as failing,
            min(case when due_at <= $1 and open_at <= $1 then due_at end) as due_at
       from delivery_lane group by channel`,
    [now],
  );
  const of = (column: 'waiting' | 'dropped') => {
    const none: Record<ChannelName, number> = { webhook: 0, mail: 0, push: 0 };
    for (const row of rows) none[row.channel] = row[column];
    return none;
  };
  const overdue = rows.map(({ due_at }) => due_at).filter((at) => at !== null);
  return {
    waiting: of('waiting'),
    dropped: of('dropped'),
    heldLanes: rows.reduce((sum, { held }) => sum + held, 0),
    failingLanes: rows.reduce((sum, { failing }) => sum + failing, 0),
    overdueSince: overdue.length === 0 ? null : Math.min(...overdue),
  };
}
