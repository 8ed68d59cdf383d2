import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { expect } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import type {
  DeliveryAttemptTable,
  DeliveryLaneTable,
  DeliveryTable,
} from '../../src/db/tables/event-tables.ts';
import type { Attempted, Channel, Opened } from '../../src/reactions/delivery/channel.ts';
import { eventIdOf, type NewDelivery } from '../../src/reactions/delivery/delivery.ts';
import { DeliveryEngine, type DeliveryEngineOptions } from '../../src/reactions/delivery/delivery-engine.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { DeliveryReceiver } from './delivery-receiver.ts';
import type { Engine } from './engines.ts';
import { until } from './until.ts';
import { Workbench } from './workbench.ts';

export const START = Date.UTC(2026, 0, 1);

/** A store with an outbox, a receiver, and engines whose clock stands until it is set. */
export class DeliveryBench {
  readonly store: Workbench;
  readonly writer: BatchWriter;
  readonly receiver: DeliveryReceiver;
  readonly reports: { event: string; details: Record<string, unknown> }[] = [];
  now = START;
  readonly #engines: { engine: DeliveryEngine; writer: BatchWriter }[] = [];

  private constructor(store: Workbench, receiver: DeliveryReceiver) {
    this.store = store;
    this.writer = openBatchWriter(store.location);
    this.receiver = receiver;
  }

  static async open(engine: Engine): Promise<DeliveryBench> {
    return new DeliveryBench(await Workbench.open(engine), await DeliveryReceiver.open());
  }

  /** Another process, as far as the store can tell. */
  startEngine(
    channels: readonly Channel[],
    options: Partial<DeliveryEngineOptions> & { location?: StoreLocation } = {},
  ): DeliveryEngine {
    const { location = this.store.location } = options;
    // Two writers of one file wait for each other without yielding: in one thread that would be for ever.
    const writer = location.database.engine === 'sqlite' ? this.writer : openBatchWriter(location);
    const engine = new DeliveryEngine({
      writer,
      channels,
      logDays: 30,
      onEffect: () => {},
      report: (event, details) => this.reports.push({ event, details }),
      now: () => this.now,
      random: () => 0.5,
      ...options,
    });
    this.#engines.push({ engine, writer });
    engine.start();
    return engine;
  }

  /** As HTTP is used, in the simplest way that is real. */
  channel(
    options: Partial<Channel> & { opens?: () => Opened | undefined; patienceMs?: number } = {},
  ): Channel {
    const { opens, patienceMs = 30_000, ...rest } = options;
    const { url } = this.receiver;
    return {
      name: 'webhook',
      concurrency: 4,
      retryDelaysMs: [10_000, 60_000, 300_000],
      open: async () =>
        opens?.() ?? { kind: 'send', send: (deliveries) => post(url, deliveries, patienceMs) },
      ...rest,
    };
  }

  async add(lane: string, count: number, changes: Partial<NewDelivery> = {}): Promise<string[]> {
    return await this.addEach([lane], count, changes);
  }

  /** So many to each, in one transaction. @returns their event ids */
  async addEach(
    lanes: readonly string[],
    count: number,
    changes: Partial<NewDelivery> = {},
  ): Promise<string[]> {
    const deliveries = lanes.flatMap((lane) =>
      Array.from({ length: count }, (): NewDelivery => this.#delivery(lane, changes)),
    );
    await this.writer.transact((tx) => enqueue(tx, deliveries));
    return deliveries.map(({ eventId }) => eventId);
  }

  #delivery(lane: string, changes: Partial<NewDelivery>): NewDelivery {
    return {
      eventId: eventIdOf(randomUUID()),
      lane,
      channel: 'webhook',
      kind: 'clicks',
      projectId: this.store.project.id,
      endpointId: null,
      subscriptionId: null,
      messageId: null,
      linkId: null,
      groupId: null,
      body: '{}',
      createdAt: this.now,
      dueAt: this.now,
      ...changes,
    };
  }

  async deliveries(lane: string): Promise<Selectable<DeliveryTable>[]> {
    return await this.writer.events.all('select * from delivery where lane = $1 order by id', [lane]);
  }

  async lane(lane: string): Promise<Selectable<DeliveryLaneTable>> {
    const [row] = await this.writer.events.all<Selectable<DeliveryLaneTable>>(
      'select * from delivery_lane where lane = $1',
      [lane],
    );
    if (!row) throw new Error(`There is no lane ${lane}`);
    return row;
  }

  async attempts(lane: string): Promise<Selectable<DeliveryAttemptTable>[]> {
    return await this.writer.events.all(
      `select delivery_attempt.* from delivery_attempt join delivery on delivery.id = delivery_id
        where lane = $1 order by delivery_id, number`,
      [lane],
    );
  }

  /** Until nobody works on a lane and what it says of itself is true. */
  async settled(lane: string, condition: (row: Selectable<DeliveryLaneTable>) => boolean): Promise<void> {
    await until(async () => {
      const row = await this.lane(lane);
      return row.lease_owner === null && condition(row);
    }, `lane ${lane} has settled`);
    await this.expectTrueLanes();
  }

  /** Until nobody works on any lane and nothing waits. */
  async allEnded(): Promise<void> {
    await until(async () => {
      const left = await this.writer.events.all(
        'select 1 from delivery_lane where lease_owner is not null or waiting <> 0 limit 1',
        [],
      );
      return left.length === 0;
    }, 'all lanes are empty');
    await this.expectTrueLanes();
  }

  /** What lanes say of themselves is what waits in them. */
  async expectTrueLanes(): Promise<void> {
    const wrong = await this.writer.events.all(
      `select * from (
         select lane, waiting, due_at, open_at,
                (select count(*) from delivery where delivery.lane = delivery_lane.lane and state = 0) as counted,
                (select min(due_at) from delivery where delivery.lane = delivery_lane.lane and state = 0) as first
           from delivery_lane where lease_owner is null) as compared
        where waiting <> counted or (due_at is null) <> (first is null)
           or (due_at < first and due_at < open_at)`,
      [],
    );
    expect(wrong).toEqual([]);
  }

  async close(): Promise<void> {
    this.receiver.letGo();
    for (const { engine, writer } of this.#engines) {
      await engine.stop();
      if (writer !== this.writer) await writer.close();
    }
    await this.writer.close();
    await this.receiver.close();
    await this.store.close();
  }
}

async function post(
  url: string,
  deliveries: readonly { readonly lane: string; readonly eventId: string }[],
  patienceMs: number,
): Promise<Attempted> {
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  try {
    const response = await fetch(`${url}/${encodeURIComponent(deliveries[0]?.lane ?? '')}`, {
      method: 'POST',
      body: JSON.stringify(deliveries.map(({ eventId }) => eventId)),
      signal: AbortSignal.timeout(patienceMs),
    });
    const retryAfter = response.headers.get('retry-after');
    return {
      outcome: response.ok ? 'delivered' : response.status === 410 ? 'failed' : 'retry',
      ...(response.status === 410 ? { reason: 'gone' as const } : {}),
      status: response.status,
      error: response.ok ? null : `It answered ${response.status}.`,
      answer: await response.text(),
      ...(retryAfter === null ? {} : { retryAfterMs: Number(retryAfter) * 1_000 }),
      durationMs: durationMs(),
    };
  } catch {
    return {
      outcome: 'retry',
      status: null,
      error: 'Nobody answered.',
      answer: '',
      durationMs: durationMs(),
    };
  }
}
