import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { MOST_WAITING } from '../../src/reactions/delivery/lane.ts';
import { replayDeliveries } from '../../src/reactions/delivery/replay.ts';
import { DeliveryBench, START } from '../support/delivery-bench.ts';
import { ENGINES } from '../support/engines.ts';

describe.each(ENGINES)('a replay on $name', (engine) => {
  let bench: DeliveryBench;
  beforeEach(async () => {
    bench = await DeliveryBench.open(engine);
  });
  afterEach(() => bench.close());

  const finish = (lane: string, state: number, finishedAt = START) =>
    bench.writer.transact(async (tx) => {
      await tx.run(
        `update delivery set state = $1, reason = 'gave-up', attempts = 9, finished_at = $2 where lane = $3 and state = 0`,
        [state, finishedAt, lane],
      );
      await tx.run('update delivery_lane set waiting = 0, due_at = null where lane = $1', [lane]);
    });

  const replayOne = (eventId = '') =>
    replayDeliveries(bench.writer, { projectId: bench.store.project.id, eventId }, bench.now);
  const replayFailed = (failedSince: number, endpointId?: number) =>
    replayDeliveries(
      bench.writer,
      {
        projectId: bench.store.project.id,
        failedSince,
        ...(endpointId === undefined ? {} : { endpointId }),
      },
      bench.now,
    );
  const states = async (lane: string) => (await bench.deliveries(lane)).map(({ state }) => state);

  test('of one is sent again under its id, and its log goes on', async () => {
    bench.receiver.script = () => ({ status: 410 });
    const [id] = await bench.add('webhook:1', 1);
    const running = bench.startEngine([bench.channel()]);
    await bench.settled('webhook:1', ({ waiting }) => waiting === 0);
    bench.receiver.script = () => ({ status: 200 });
    bench.now += 5_000;
    expect(await replayOne(id)).toEqual({ replayed: 1, noRoom: 0 });
    running.wake();
    await bench.settled('webhook:1', ({ waiting }) => waiting === 0);
    expect(bench.receiver.eventIds).toEqual([id, id]);
    expect(await bench.deliveries('webhook:1')).toMatchObject([
      { state: 1, reason: null, attempts: 1, finished_at: START + 5_000 },
    ]);
    const attempts = await bench.attempts('webhook:1');
    expect(attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 410],
      [2, 200],
    ]);
  });

  /** As an attempt that failed leaves them. */
  const retryLater = (lane: string) =>
    bench.writer.transact(async (tx) => {
      const dueAt = START + 60_000;
      await tx.run('update delivery set attempts = 2, due_at = $1 where lane = $2 and state = 0', [
        dueAt,
        lane,
      ]);
      await tx.run('update delivery_lane set due_at = $1, open_at = $1 where lane = $2', [dueAt, lane]);
    });

  test('of one that was delivered, or waits for a retry, is due at once', async () => {
    const [delivered] = await bench.add('webhook:1', 1);
    await finish('webhook:1', 1);
    const [retrying] = await bench.add('webhook:2', 1);
    await retryLater('webhook:2');
    for (const id of [delivered, retrying]) expect(await replayOne(id)).toEqual({ replayed: 1, noRoom: 0 });
    for (const lane of ['webhook:1', 'webhook:2']) {
      expect(await bench.deliveries(lane)).toMatchObject([{ state: 0, due_at: START, attempts: 0 }]);
      expect(await bench.lane(lane)).toMatchObject({ waiting: 1, due_at: START, open_at: 0 });
    }
    await bench.expectTrueLanes();
  });

  test('of one that has not been tried yet is refused', async () => {
    const [waits] = await bench.add('webhook:1', 1, { dueAt: START + 60_000 });
    await expect(replayOne(waits)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('still waits'),
    });
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 1, due_at: START + 60_000 });
  });

  test('of all to an endpoint brings forward what waits for its next try', async () => {
    await bench.add('webhook:1', 2, { endpointId: 1 });
    await finish('webhook:1', 2);
    await bench.add('webhook:1', 3, { endpointId: 1 });
    await retryLater('webhook:1');
    await bench.add('webhook:1', 1, { endpointId: 1, dueAt: START + 90_000 });
    await bench.add('webhook:2', 1, { endpointId: 2 });
    await retryLater('webhook:2');
    await bench.add('webhook-test:1', 1, { endpointId: 1, kind: 'test' });
    await retryLater('webhook-test:1');
    expect(await replayFailed(START, 1)).toEqual({ replayed: 5, noRoom: 0 });
    const due = (await bench.deliveries('webhook:1')).map(({ due_at }) => due_at);
    expect(due).toEqual([...Array.from({ length: 5 }, () => START), START + 90_000]);
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 6, due_at: START, open_at: 0 });
    for (const lane of ['webhook:2', 'webhook-test:1'])
      expect(await bench.lane(lane)).toMatchObject({ due_at: START + 60_000, open_at: START + 60_000 });
    expect(await replayFailed(START, 1)).toEqual({ replayed: 0, noRoom: 0 });
    await bench.expectTrueLanes();
  });

  test('of a mail keeps the distance between mails about a link', async () => {
    const [mail] = await bench.add('mail:1:1', 1, { channel: 'mail' });
    await retryLater('mail:1:1');
    expect(await replayOne(mail)).toEqual({ replayed: 1, noRoom: 0 });
    expect(await bench.deliveries('mail:1:1')).toMatchObject([{ state: 0, due_at: START }]);
    expect(await bench.lane('mail:1:1')).toMatchObject({ open_at: START + 60_000 });
  });

  test('of all that failed since an instant, over as many pieces as it takes', async () => {
    await bench.add('webhook:old', 3, { endpointId: 1 });
    await finish('webhook:old', 2, START - 1);
    await bench.add('webhook:1', 2_500, { endpointId: 1 });
    await finish('webhook:1', 2);
    await bench.add('webhook:2', 4, { endpointId: 2 });
    await finish('webhook:2', 3);
    await bench.add('webhook:fine', 2, { endpointId: 1 });
    await finish('webhook:fine', 1);
    expect(await replayFailed(START, 1)).toEqual({ replayed: 2_500, noRoom: 0 });
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 2_500, due_at: START });
    expect(await replayFailed(START)).toEqual({ replayed: 4, noRoom: 0 });
    expect(new Set(await states('webhook:1'))).toEqual(new Set([0]));
    expect(await states('webhook:2')).toEqual([0, 0, 0, 0]);
    expect(await states('webhook:old')).toEqual([2, 2, 2]);
    expect(await states('webhook:fine')).toEqual([1, 1]);
    expect(await replayFailed(START)).toEqual({ replayed: 0, noRoom: 0 });
    await bench.expectTrueLanes();
  });

  test('puts no more into a lane than may wait there, and says how many found no room', async () => {
    await bench.add('webhook:1', 20);
    await finish('webhook:1', 2);
    await bench.add('webhook:1', MOST_WAITING.webhook - 15);
    expect(await replayFailed(START)).toEqual({ replayed: 15, noRoom: 5 });
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: MOST_WAITING.webhook });
    const left = (await bench.deliveries('webhook:1')).find(({ state }) => state === 2);
    await expect(replayOne(left?.event_id)).rejects.toMatchObject({ code: 'conflict' });
    await bench.expectTrueLanes();
  });

  test('knows only deliveries of its project, and no messages to subscribers', async () => {
    const stranger = await bench.store.createProject();
    const [theirs] = await bench.add('webhook:1', 1, { projectId: stranger });
    await finish('webhook:1', 2);
    const [message] = await bench.add('message:1:example.com', 1, {
      channel: 'push',
      kind: 'message',
      messageId: 1,
    });
    await finish('message:1:example.com', 2);
    await expect(replayOne(theirs)).rejects.toThrow(Failure);
    await expect(replayOne('0'.repeat(32))).rejects.toMatchObject({ code: 'not-found' });
    await expect(replayOne(message)).rejects.toMatchObject({ code: 'conflict' });
    expect(await replayFailed(0)).toEqual({ replayed: 0, noRoom: 0 });
    expect(await states('webhook:1')).toEqual([2]);
  });
});
