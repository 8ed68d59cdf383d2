import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { eventIdOf, type NewDelivery } from '../../src/reactions/delivery/delivery.ts';
import {
  alertLane,
  MOST_WAITING,
  mailLane,
  messageLane,
  webhookLane,
} from '../../src/reactions/delivery/lane.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

let made = 0;

/** To a receiver of its own, unless it is said. */
function delivery(changes: Partial<NewDelivery> = {}): NewDelivery {
  made += 1;
  return {
    eventId: eventIdOf('outbox test', made),
    lane: webhookLane(100_000 + made),
    channel: 'webhook',
    kind: 'clicks',
    projectId: 1,
    endpointId: 7,
    subscriptionId: null,
    messageId: null,
    linkId: 9,
    groupId: null,
    body: '{"text":"\u{1f3d6} \'quoted\'"}',
    createdAt: 5_000,
    dueAt: 5_000,
    ...changes,
  };
}

describe.each(ENGINES)('the outbox on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const put = (deliveries: readonly NewDelivery[], refused: readonly NewDelivery[] = []) =>
    writer.transact((tx) => enqueue(tx, deliveries, refused));
  const inLane = (lane: string) =>
    bench.database.read.selectFrom('delivery').selectAll().where('lane', '=', lane).orderBy('id').execute();
  const laneOf = (lane: string) =>
    bench.database.read.selectFrom('delivery_lane').selectAll().where('lane', '=', lane).executeTakeFirst();

  test('what is put in waits as it was given, and its lane says so', async () => {
    const lane = webhookLane(1);
    const first = delivery({ lane, dueAt: 9_000 });
    const second = delivery({ lane, dueAt: 7_000, groupId: 3 });
    const third = delivery({ lane, dueAt: 8_000 });
    expect(await put([first, second, third])).toBe(3);
    const rows = await inLane(lane);
    expect(rows.map(({ event_id }) => event_id)).toEqual([first.eventId, second.eventId, third.eventId]);
    expect(rows[1]).toMatchObject({
      channel: 'webhook',
      kind: 'clicks',
      project_id: 1,
      endpoint_id: 7,
      subscription_id: null,
      message_id: null,
      link_id: 9,
      group_id: 3,
      body: second.body,
      state: 0,
      reason: null,
      attempts: 0,
      created_at: 5_000,
      due_at: 7_000,
      finished_at: null,
    });
    expect(await laneOf(lane)).toEqual({
      lane,
      channel: 'webhook',
      project_id: 1,
      waiting: 3,
      dropped: 0,
      due_at: 7_000,
      open_at: 0,
      held: null,
      failing_since: null,
      lease_owner: null,
      lease_until: 0,
    });
  });

  test('a lane is due with the first of all that wait; what comes later does not put it off', async () => {
    const lane = webhookLane(2);
    const dueAfter = async (dueAt: number) => {
      await put([delivery({ lane, dueAt })]);
      return (await laneOf(lane))?.due_at;
    };
    expect(await dueAfter(500)).toBe(500);
    expect(await dueAfter(900)).toBe(500);
    expect(await dueAfter(300)).toBe(300);
    await writer.transact((tx) =>
      tx.run('update delivery_lane set due_at = null, waiting = 0 where lane = $1', [lane]),
    );
    expect(await dueAfter(800)).toBe(800);
    expect((await laneOf(lane))?.waiting).toBe(1);
  });

  test('an event that is there already is left as it is, whatever has become of it', async () => {
    const lane = webhookLane(3);
    const [old, fresh] = [delivery({ lane }), delivery({ lane })];
    await put([old]);
    await writer.transact((tx) =>
      tx.run('update delivery set state = 1, attempts = 2 where event_id = $1', [old.eventId]),
    );
    expect(await put([{ ...old, body: 'another' }, fresh, { ...fresh, body: 'again' }, old])).toBe(1);
    expect((await inLane(lane)).map(({ event_id, state, attempts }) => [event_id, state, attempts])).toEqual([
      [old.eventId, 1, 2],
      [fresh.eventId, 0, 0],
    ]);
    expect(await laneOf(lane)).toMatchObject({ waiting: 2, dropped: 0 });
    expect(await put([old, fresh])).toBe(0);
    expect(await laneOf(lane)).toMatchObject({ waiting: 2, dropped: 0 });
  });

  test('a full lane keeps what it has, and counts what comes; others are not affected', async () => {
    const full = webhookLane(4);
    const other = webhookLane(5);
    await put([delivery({ lane: full, dueAt: 100 })]);
    await writer.transact((tx) =>
      tx.run('update delivery_lane set waiting = $1 where lane = $2', [MOST_WAITING.webhook - 1, full]),
    );
    const [a, b, c, d] = [full, full, other, full].map((lane) => delivery({ lane, dueAt: 50 })) as [
      NewDelivery,
      NewDelivery,
      NewDelivery,
      NewDelivery,
    ];
    expect(await put([a, b, c, d])).toBe(2);
    expect((await inLane(full)).map(({ event_id }) => event_id).slice(1)).toEqual([a.eventId]);
    expect(await laneOf(full)).toMatchObject({ waiting: MOST_WAITING.webhook, dropped: 2, due_at: 50 });
    expect(await laneOf(other)).toMatchObject({ waiting: 1, dropped: 0 });
    expect(await put([b, d])).toBe(0);
    expect(await laneOf(full)).toMatchObject({ waiting: MOST_WAITING.webhook, dropped: 4, due_at: 50 });
  });

  test('alerts to a browser that cannot be reached do not pile up; of a message all are kept', async () => {
    const [alerts, message] = [alertLane(1), messageLane(1, 'push.example')];
    const push = { channel: 'push', endpointId: null, subscriptionId: 1 } as const;
    const many = (lane: string, messageId: number | null) =>
      Array.from({ length: 1_005 }, () => delivery({ ...push, lane, messageId }));
    expect(await put([...many(alerts, null), ...many(message, 1)])).toBe(2_005);
    expect(await laneOf(alerts)).toMatchObject({ waiting: 1_000, dropped: 5 });
    expect(await laneOf(message)).toMatchObject({ waiting: 1_005, dropped: 0 });
  });

  test('a full lane of mails keeps the newest: the oldest that wait end as superseded', async () => {
    const [lane, other] = [mailLane(1, 1), mailLane(1, 2)];
    const mail = { channel: 'mail', endpointId: null } as const;
    const most = MOST_WAITING.mail;
    const many = (count: number, createdAt: number) =>
      Array.from({ length: count }, () => delivery({ ...mail, lane, createdAt, dueAt: createdAt }));
    const standing = async () => {
      const rows = await inLane(lane);
      expect((await laneOf(lane))?.waiting).toBe(rows.filter(({ state }) => state === 0).length);
      return rows;
    };
    const first = many(most - 1, 100);
    expect(await put(first)).toBe(most - 1);
    // The oldest of all waits for its next try: it is the oldest all the same. Another has been sent.
    await writer.transact(async (tx) => {
      await tx.run('update delivery set due_at = 9000, attempts = 1 where event_id = $1', [
        first[0]?.eventId ?? '',
      ]);
      await tx.run('update delivery set state = 1, finished_at = 100 where event_id = $1', [
        first[1]?.eventId ?? '',
      ]);
      await tx.run('update delivery_lane set waiting = waiting - 1 where lane = $1', [lane]);
    });
    const second = many(4, 200);
    const elsewhere = delivery({ ...mail, lane: other });
    expect(await put([...second, elsewhere])).toBe(5);
    const rows = await standing();
    expect(rows.slice(0, 5).map(({ state, reason, finished_at }) => [state, reason, finished_at])).toEqual([
      [2, 'superseded', 200],
      [1, null, 100],
      [2, 'superseded', 200],
      [0, null, null],
      [0, null, null],
    ]);
    expect(rows.slice(-4).map(({ event_id, state }) => [event_id, state])).toEqual(
      second.map(({ eventId }) => [eventId, 0]),
    );
    expect(await laneOf(lane)).toMatchObject({ waiting: most, dropped: 2, due_at: 100 });
    expect(await laneOf(other)).toMatchObject({ waiting: 1, dropped: 0 });

    const flood = many(most + 3, 300);
    expect(await put([...second, ...flood])).toBe(most);
    const left = (await standing()).filter(({ state }) => state === 0).map(({ event_id }) => event_id);
    expect(left).toEqual(flood.slice(3).map(({ eventId }) => eventId));
    expect(await laneOf(lane)).toMatchObject({ waiting: most, dropped: 2 + most + 3 });
  });

  test('what must not be sent is only counted', async () => {
    const [fresh, known] = [webhookLane(6), webhookLane(7)];
    await put([delivery({ lane: known, dueAt: 400 })]);
    expect(
      await put(
        [],
        [fresh, known, known].map((lane) => delivery({ lane, dueAt: 1 })),
      ),
    ).toBe(0);
    expect(await laneOf(fresh)).toMatchObject({ waiting: 0, dropped: 1, due_at: null });
    expect(await laneOf(known)).toMatchObject({ waiting: 1, dropped: 2, due_at: 400 });
    expect(await inLane(fresh)).toEqual([]);
  });

  test('nothing at all is nothing', async () => {
    expect(await put([])).toBe(0);
  });

  test('what is put in by a transaction that fails was never there', async () => {
    const lane = webhookLane(8);
    const failing = writer.transact(async (tx) => {
      await enqueue(tx, [delivery({ lane })]);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await laneOf(lane)).toBeUndefined();
    expect(await inLane(lane)).toEqual([]);
  });

  test('writers that put into the same lanes in opposite orders lose nothing and block nobody', async () => {
    const writers =
      engine.name === 'SQLite' ? [writer] : [1, 2, 3, 4].map(() => openBatchWriter(bench.location));
    const lanes = Array.from({ length: 40 }, (_, index) => webhookLane(1_000 + index));
    await Promise.all(
      writers.map(async (one, index) => {
        for (let round = 0; round < 5; round++) {
          const order = index % 2 === 0 ? lanes : lanes.toReversed();
          await one.transact((tx) =>
            enqueue(
              tx,
              order.map((lane) => delivery({ lane })),
            ),
          );
        }
      }),
    );
    for (const lane of lanes) {
      expect(await laneOf(lane)).toMatchObject({ waiting: 5 * writers.length, dropped: 0 });
    }
    await Promise.all(writers.filter((one) => one !== writer).map((one) => one.close()));
  });

  test('two that put the same event in at once leave it once', async () => {
    const lane = webhookLane(9);
    const same = delivery({ lane });
    const writers =
      engine.name === 'SQLite' ? [writer, writer] : [1, 2].map(() => openBatchWriter(bench.location));
    const kept = await Promise.all(writers.map((one) => one.transact((tx) => enqueue(tx, [same]))));
    expect(kept.sort()).toEqual([0, 1]);
    expect(await inLane(lane)).toHaveLength(1);
    expect(await laneOf(lane)).toMatchObject({ waiting: 1 });
    await Promise.all(writers.filter((one) => one !== writer).map((one) => one.close()));
  });
});
