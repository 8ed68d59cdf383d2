import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { lockLanes } from './lane-lease.ts';
import { type LaneRow, laneFromRow } from './lane-row.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_AT_ONCE = 1_000;
/** In one go; what is left then is left for the next minute, since nothing is claimed meanwhile. */
const MOST_PIECES = 20;

/** Forgets what is old, and puts lanes right whose figures do not fit what waits in them. */
export class DeliveryUpkeep {
  readonly #writer: BatchWriter;
  readonly #days: number;

  /** @param days for which a finished delivery is kept, with its attempts */
  constructor(writer: BatchWriter, days: number) {
    this.#writer = writer;
    this.#days = days;
  }

  /** @param stopping asked between the pieces */
  async run(now: number, stopping: () => boolean = () => false): Promise<void> {
    await this.#repair();
    for (const piece of [() => this.#forgetDeliveries(now), () => this.#forgetLanes(now)]) {
      for (let done = 0; done < MOST_PIECES && !stopping(); done++) {
        if (!(await piece())) break;
      }
    }
  }

  async #repair(): Promise<void> {
    const rows = await this.#writer.events.all<LaneRow>(
      `select lane, channel, project_id from delivery_lane
        where due_at is null
          and (waiting <> 0 or exists (select 1 from delivery where delivery.lane = delivery_lane.lane and state = 0))
        order by lane limit $1`,
      [ROWS_AT_ONCE],
    );
    if (rows.length === 0) return;
    const lanes = rows.map(laneFromRow);
    await this.#writer.transact(async (tx) => {
      await lockLanes(tx, lanes);
      await tx.allOf(
        `update delivery_lane set
           waiting = (select count(*) from delivery where delivery.lane = asked.lane and delivery.state = 0),
           due_at = (select min(delivery.due_at) from delivery where delivery.lane = asked.lane and delivery.state = 0)
           from {asked} where delivery_lane.lane = asked.lane returning delivery_lane.lane`,
        { columns: { lane: 'text' }, rows: lanes.map(({ lane }) => [lane]) },
      );
    });
  }

  /** @returns whether there may be more */
  async #forgetDeliveries(now: number): Promise<boolean> {
    const cut = now - this.#days * DAY_MS;
    const [old] = await this.#writer.events.all(
      'select 1 as found from delivery where finished_at < $1 limit 1',
      [cut],
    );
    if (!old) return false;
    return await this.#inTurn(async (tx) => {
      const oldest = `select id from delivery where finished_at < $1 order by finished_at, id limit $2`;
      await tx.run(`delete from delivery_attempt where delivery_id in (${oldest})`, [cut, ROWS_AT_ONCE]);
      return await tx.run(`delete from delivery where finished_at < $1 and id in (${oldest})`, [
        cut,
        ROWS_AT_ONCE,
      ]);
    });
  }

  /** Lanes of webhooks stay: there are as many as webhooks, and what could not be kept is counted in them. */
  async #forgetLanes(now: number): Promise<boolean> {
    const spent = `channel <> 'webhook' and waiting = 0 and due_at is null and open_at <= $1 and lease_until <= $1
      and not exists (select 1 from delivery where delivery.lane = delivery_lane.lane and delivery.state = 0)`;
    const [found] = await this.#writer.events.all(
      `select 1 as found from delivery_lane where ${spent} limit 1`,
      [now],
    );
    if (!found) return false;
    return await this.#inTurn(async (tx) => {
      const some = `select lane from delivery_lane where ${spent} limit $2 ${tx.skipLocked}`;
      return await tx.run(
        `with old as materialized (${some}) delete from delivery_lane where lane in (select lane from old)`,
        [now, ROWS_AT_ONCE],
      );
    });
  }

  /** @returns whether as much was deleted as one piece may be */
  async #inTurn(remove: (tx: BatchTransaction) => Promise<number>): Promise<boolean> {
    return await this.#writer.transact(async (tx) => {
      await tx.takeTurnIn('delivery-upkeep');
      return (await remove(tx)) >= ROWS_AT_ONCE;
    });
  }
}
