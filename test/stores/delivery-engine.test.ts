import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Attempted, Effect, Opened, Settled } from '../../src/reactions/delivery/channel.ts';
import type { DeliveryEngine } from '../../src/reactions/delivery/delivery-engine.ts';
import { DeliveryBench, START } from '../support/delivery-bench.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const isEmpty = ({ waiting }: { waiting: number }) => waiting === 0;

describe.each(ENGINES)('the delivery engine on $name', (engine) => {
  let bench: DeliveryBench;
  beforeEach(async () => {
    bench = await DeliveryBench.open(engine);
  });
  afterEach(() => bench.close());

  /** What the engine says of itself once it has heard that what stands in the store was written. */
  async function stateAtRest(running: DeliveryEngine, lanesInWork = 0) {
    const isAtRest = async () => (await running.state()).lanesInWork === lanesInWork;
    await until(isAtRest, `${lanesInWork} lanes are in work`);
    return await running.state();
  }

  /** Time passes for all engines. */
  function pass(ms: number, ...engines: readonly DeliveryEngine[]): void {
    bench.now += ms;
    for (const each of engines) each.wake();
  }

  test('sends everything once, logs it, and leaves empty lanes', async () => {
    const ids = [...(await bench.add('webhook:1', 120)), ...(await bench.add('webhook:2', 3))];
    const running = bench.startEngine([bench.channel()]);
    await bench.settled('webhook:1', isEmpty);
    await bench.settled('webhook:2', isEmpty);
    expect(bench.receiver.eventIds.toSorted()).toEqual(ids.toSorted());
    expect(bench.receiver.mostAtOnce.get('webhook:1')).toBeLessThanOrEqual(4);
    for (const { state, attempts, finished_at, reason } of await bench.deliveries('webhook:1')) {
      expect({ state, attempts, finished_at, reason }).toEqual({
        state: 1,
        attempts: 1,
        finished_at: START,
        reason: null,
      });
    }
    const [attempt, ...more] = await bench.attempts('webhook:2');
    expect(attempt).toMatchObject({ number: 1, status: 200, error: null, answer: 'said' });
    expect(more).toHaveLength(2);
    expect(await bench.lane('webhook:1')).toMatchObject({
      due_at: null,
      lease_until: 0,
      failing_since: null,
    });
    const state = await stateAtRest(running);
    expect(state).toMatchObject({ lanesInWork: 0, underWay: 0, unwritten: 0, stalled: false });
    expect(state.channels.webhook).toMatchObject({ delivered: 123, failed: 0, retried: 0 });
    expect(state.channels.webhook.attempts.counts.reduce((sum, count) => sum + count)).toBe(123);
    expect(state.outbox).toMatchObject({ waiting: { webhook: 0 }, heldLanes: 0, overdueSince: null });
  });

  test('takes up what is added later, by itself', async () => {
    const running = bench.startEngine([bench.channel()]);
    await until(async () => (await running.state()).lanesInWork === 0, 'it runs');
    await bench.add('webhook:1', 1);
    await bench.settled('webhook:1', isEmpty);
    await bench.add('webhook:1', 1);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(2);
  });

  test('tries again by the schedule, then gives up', async () => {
    bench.receiver.script = () => ({ status: 500 });
    const [id] = await bench.add('webhook:1', 1);
    const running = bench.startEngine([bench.channel()]);
    let due = START;
    for (const [index, delay] of [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS].entries()) {
      due += delay;
      await bench.settled('webhook:1', ({ due_at }) => due_at === due);
      expect(bench.receiver.received).toHaveLength(index + 1);
      expect(await bench.lane('webhook:1')).toMatchObject({ failing_since: START, waiting: 1 });
      pass(delay - 1, running);
      await until(async () => (await running.state()).lanesInWork === 0, 'it has looked');
      expect(bench.receiver.received).toHaveLength(index + 1);
      pass(1, running);
    }
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.eventIds).toEqual([id, id, id, id]);
    expect(await bench.deliveries('webhook:1')).toMatchObject([{ state: 2, reason: 'gave-up', attempts: 4 }]);
    const attempts = await bench.attempts('webhook:1');
    expect(attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 500],
      [4, 500],
    ]);
    expect(bench.now - START).toBe(10 * SECOND_MS + MINUTE_MS + 5 * MINUTE_MS);
    expect((await stateAtRest(running)).channels.webhook).toMatchObject({ failed: 1, retried: 3 });
  });

  test('waits for as long as a receiver asks, and gives up at once on one that is gone', async () => {
    bench.receiver.script = ({ lane }) =>
      lane === 'webhook:1' ? { status: 503, retryAfter: 3_600 } : { status: 410 };
    await bench.add('webhook:1', 1);
    await bench.add('webhook:2', 1);
    bench.startEngine([bench.channel()]);
    await bench.settled('webhook:1', ({ due_at }) => due_at === START + 60 * MINUTE_MS);
    await bench.settled('webhook:2', isEmpty);
    expect(await bench.deliveries('webhook:2')).toMatchObject([{ state: 2, reason: 'gone', attempts: 1 }]);
    expect(await bench.lane('webhook:2')).toMatchObject({ failing_since: null });
  });

  test('gives a failing receiver a rest, asks it one by one, and goes on at full width when it is back', async () => {
    let answered = 0;
    bench.receiver.script = () => (++answered <= 8 ? { status: 500 } : { status: 200 });
    await bench.add('webhook:1', 200);
    const running = bench.startEngine([bench.channel()]);
    const rests = () => bench.settled('webhook:1', ({ open_at }) => open_at > bench.now);
    await rests();
    expect(answered).toBeLessThanOrEqual(4);
    while (answered < 8) {
      const before = answered;
      const { open_at } = await bench.lane('webhook:1');
      pass(open_at - bench.now - 1, running);
      await until(async () => (await running.state()).lanesInWork === 0, 'it has looked');
      expect(answered).toBe(before);
      pass(1, running);
      await rests();
      expect(answered).toBe(before + 1);
    }
    expect(bench.now - START).toBeGreaterThan(3 * SECOND_MS);
    pass((await bench.lane('webhook:1')).open_at - bench.now, running);
    await bench.settled('webhook:1', ({ waiting }) => waiting <= 8);
    expect(await bench.lane('webhook:1')).toMatchObject({ failing_since: null });
    pass(MINUTE_MS, running);
    await bench.settled('webhook:1', isEmpty);
  });

  test('calls a receiver that asks for time with nothing else meanwhile', async () => {
    bench.receiver.script = () => ({ status: 429, retryAfter: 3_600 });
    await bench.add('webhook:1', 50);
    const running = bench.startEngine([bench.channel()]);
    await bench.settled('webhook:1', ({ open_at }) => open_at === START + 60 * MINUTE_MS);
    const calls = bench.receiver.received.length;
    expect(calls).toBeLessThanOrEqual(4);
    await bench.add('webhook:1', 5);
    pass(60 * MINUTE_MS - 1, running);
    await until(async () => (await running.state()).lanesInWork === 0, 'it has looked');
    expect(bench.receiver.received).toHaveLength(calls);
    bench.receiver.script = () => ({ status: 200 });
    pass(1, running);
    await bench.settled('webhook:1', ({ waiting }) => waiting === 0);
  });

  test('asks for settings again when they change in the middle of a piece', async () => {
    const hangs: PromiseWithResolvers<Attempted>[] = [];
    let opening: Opened | undefined;
    await bench.add('webhook:1', 50);
    const running = bench.startEngine([
      bench.channel({
        opens: () =>
          opening ?? {
            kind: 'send',
            send: () => {
              const hang = Promise.withResolvers<Attempted>();
              hangs.push(hang);
              return hang.promise;
            },
          },
      }),
    ]);
    await until(() => hangs.length === 4, 'four are under way');
    opening = { kind: 'hold', reason: 'paused' };
    running.settingsChanged();
    for (const { resolve } of hangs) {
      resolve({ outcome: 'delivered', status: 200, error: null, answer: '', durationMs: 1 });
    }
    await bench.settled('webhook:1', ({ held }) => held === 'paused');
    expect(hangs).toHaveLength(4);
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 46 });
  });

  test('lets a channel that is full keep no other from its places', async () => {
    const hangs = Promise.withResolvers<Attempted>();
    const hosts = Array.from({ length: 300 }, (_, index) => `message:1:host-${index}`);
    await bench.addEach(hosts, 1, { channel: 'push', messageId: 1, dueAt: START - MINUTE_MS });
    await bench.add('webhook:1', 3);
    const running = bench.startEngine([
      bench.channel({ name: 'push', opens: () => ({ kind: 'send', send: () => hangs.promise }) }),
      bench.channel(),
    ]);
    await bench.settled('webhook:1', isEmpty);
    expect(await stateAtRest(running, 200)).toMatchObject({ lanesInWork: 200 });
    hangs.resolve({ outcome: 'delivered', status: 200, error: null, answer: '', durationMs: 1 });
    await bench.allEnded();
  });

  test('takes what waits for its next try along when something new goes out together', async () => {
    const sent: number[] = [];
    let outcome: Attempted['outcome'] = 'retry';
    const channel = bench.channel({
      name: 'mail',
      together: 1_000,
      spacingMs: 10 * MINUTE_MS,
      opens: () => ({
        kind: 'send',
        async send(deliveries) {
          sent.push(deliveries.length);
          return { outcome, status: null, error: null, answer: '', durationMs: 1 };
        },
      }),
    });
    await bench.add('mail:1:1', 3, { channel: 'mail' });
    const running = bench.startEngine([channel]);
    await bench.settled('mail:1:1', ({ due_at }) => due_at === START + 10 * SECOND_MS);
    outcome = 'delivered';
    await bench.add('mail:1:1', 900, { channel: 'mail' });
    running.wake();
    await bench.settled('mail:1:1', isEmpty);
    expect(sent).toEqual([3, 903]);
  });

  test('leaves a lane closed for its distance when a message may have been taken', async () => {
    let times = 0;
    const channel = bench.channel({
      name: 'mail',
      together: 1_000,
      spacingMs: 10 * MINUTE_MS,
      opens: () => ({
        kind: 'send',
        async send() {
          times++;
          const told = { status: null, error: 'No answer.', answer: '', durationMs: 1 };
          return { outcome: 'retry', perhapsTaken: true, ...told };
        },
      }),
    });
    await bench.add('mail:1:1', 1, { channel: 'mail' });
    const running = bench.startEngine([channel]);
    await bench.settled('mail:1:1', ({ open_at }) => open_at === START + 10 * MINUTE_MS);
    pass(10 * MINUTE_MS - 1, running);
    await until(async () => (await running.state()).lanesInWork === 0, 'it has looked');
    expect(times).toBe(1);
    pass(1, running);
    await until(() => times === 2, 'it is tried again');
  });

  test('lets nobody wait for a receiver that hangs', async () => {
    const live = Array.from({ length: 99 }, (_, index) => `webhook:${index + 1}`);
    bench.receiver.script = ({ lane }) => (lane === 'webhook:dead' ? 'hang' : { status: 200 });
    await bench.add('webhook:dead', 50, { dueAt: START - MINUTE_MS });
    await bench.addEach(live, 5);
    bench.startEngine([bench.channel({ patienceMs: 20_000 })]);
    await until(
      () => live.every((lane) => bench.receiver.receivedBy(lane).length === 5),
      'all live have all',
    );
    for (const lane of live) await bench.settled(lane, isEmpty);
    expect(bench.receiver.hanging).toBe(4);
    expect((await bench.lane('webhook:dead')).waiting).toBe(50);
  });

  test('keeps places for receivers that work, however many do not', async () => {
    const dead = Array.from({ length: 1_100 }, (_, index) => `webhook:dead-${index}`);
    await bench.addEach(dead, 2, { dueAt: START - MINUTE_MS });
    await bench.writer.transact((tx) => tx.run('update delivery_lane set failing_since = $1', [START]));
    await bench.addEach(['webhook:1', 'webhook:2'], 3);
    const hangs = Promise.withResolvers<Attempted>();
    const live = bench.channel();
    const running = bench.startEngine([
      {
        ...live,
        open: (lane, stores) =>
          lane.lane.startsWith('webhook:dead')
            ? Promise.resolve({ kind: 'send', send: () => hangs.promise })
            : live.open(lane, stores),
      },
    ]);
    await bench.settled('webhook:1', isEmpty);
    await bench.settled('webhook:2', isEmpty);
    expect(await stateAtRest(running, 500)).toMatchObject({ lanesInWork: 500, underWay: 500 });
    hangs.resolve({ outcome: 'failed', status: 410, error: null, answer: '', durationMs: 1 });
    await bench.allEnded();
  }, 60_000);

  test('sends nothing twice when two processes compete', async () => {
    const lanes = Array.from({ length: 30 }, (_, index) => `webhook:${index}`);
    const ids = await bench.addEach(lanes, 20);
    bench.startEngine([bench.channel()]);
    bench.startEngine([bench.channel()]);
    // Meanwhile more comes in.
    ids.push(...(await bench.addEach(lanes, 5)));
    await bench.allEnded();
    expect(bench.receiver.eventIds.toSorted()).toEqual(ids.toSorted());
    for (const lane of lanes) expect(bench.receiver.mostAtOnce.get(lane)).toBeLessThanOrEqual(4);
  });

  test('takes over from a process that has stopped, whose late outcome is not written', async () => {
    const [id] = await bench.add('webhook:1', 1);
    bench.receiver.script = () => 'hang';
    const stopped = bench.startEngine([bench.channel({ patienceMs: 30_000 })], { now: () => START });
    await until(() => bench.receiver.hanging === 1, 'the first has sent it');
    bench.receiver.script = () => ({ status: 200 });
    const heir = bench.startEngine([bench.channel()]);
    pass(29 * SECOND_MS, heir);
    await until(async () => (await heir.state()).lanesInWork === 0, 'it has looked');
    expect(bench.receiver.received).toHaveLength(1);
    pass(2 * SECOND_MS, heir);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.eventIds).toEqual([id, id]);
    bench.receiver.letGo(500);
    await until(async () => (await stopped.state()).lanesInWork === 0, 'the first has noticed');
    expect(await bench.attempts('webhook:1')).toMatchObject([{ number: 1, status: 200 }]);
    expect(await bench.deliveries('webhook:1')).toMatchObject([{ state: 1, attempts: 1 }]);
    await bench.expectTrueLanes();
  });

  test('takes up at once what a killed process held, if it is the only one', async () => {
    await bench.add('webhook:1', 1);
    await bench.writer.transact((tx) =>
      tx.run('update delivery_lane set lease_owner = $1, lease_until = $2', [
        'killed',
        START + 30 * SECOND_MS,
      ]),
    );
    const beside = bench.startEngine([bench.channel()]);
    await until(async () => (await beside.state()).lanesInWork === 0, 'one beside others has looked');
    expect(bench.receiver.received).toHaveLength(0);
    await beside.stop();
    bench.startEngine([bench.channel()], { alone: true });
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(1);
  });

  test('keeps its lease as long as it works', async () => {
    await bench.add('webhook:1', 1);
    bench.receiver.script = () => 'hang';
    const working = bench.startEngine([bench.channel({ patienceMs: 30_000 })]);
    await until(() => bench.receiver.hanging === 1, 'it is sent');
    const other = bench.startEngine([bench.channel()], { now: () => bench.now - 1 });
    for (let times = 0; times < 6; times++) {
      pass(11 * SECOND_MS, working);
      await until(
        async () => (await bench.lane('webhook:1')).lease_until === bench.now + 30 * SECOND_MS,
        'the lease is renewed',
      );
      other.wake();
    }
    bench.receiver.letGo();
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(1);
  });

  test('holds what may not be sent now, and goes on when settings change', async () => {
    let opening: Opened | undefined = { kind: 'hold', reason: 'paused' };
    await bench.add('webhook:1', 2);
    const running = bench.startEngine([bench.channel({ opens: () => opening })]);
    await bench.settled('webhook:1', ({ held }) => held === 'paused');
    expect((await running.state()).outbox).toMatchObject({ heldLanes: 1, overdueSince: null });
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 2, due_at: START + MINUTE_MS });
    await bench.add('webhook:1', 1);
    expect(bench.receiver.received).toHaveLength(0);
    opening = undefined;
    running.settingsChanged();
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(3);
    expect((await bench.lane('webhook:1')).held).toBeNull();
  });

  test('goes on when settings change while it is looking at those from before', async () => {
    let opening: Opened | undefined = { kind: 'hold', reason: 'paused' };
    await bench.add('webhook:1', 1);
    const plain = bench.channel();
    const running = bench.startEngine([
      {
        ...plain,
        async open(lane, stores) {
          const before = opening;
          if (lane.lane !== 'webhook:1' || before === undefined) return await plain.open(lane, stores);
          opening = undefined;
          running.settingsChanged();
          // By the time this has arrived, what is held has been let go; this lane is not yet.
          await bench.add('webhook:2', 1);
          running.wake();
          await until(() => bench.receiver.receivedBy('webhook:2').length === 1, 'a turn has passed');
          return before;
        },
      },
    ]);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.receivedBy('webhook:1')).toHaveLength(1);
  });

  test('sends nothing more of what it has loaded to a receiver that wants nothing more', async () => {
    await bench.add('webhook:1', 40);
    let sent = 0;
    const running = bench.startEngine([
      bench.channel({
        opens: () => ({
          kind: 'send',
          async send() {
            sent++;
            const gone = { status: 410, error: 'It is gone.', answer: '', durationMs: 1, endsTurn: true };
            return { outcome: 'failed', reason: 'gone', ...gone };
          },
        }),
      }),
    ]);
    await bench.settled('webhook:1', ({ open_at }) => open_at === START + SECOND_MS);
    expect(sent).toBeLessThanOrEqual(4);
    const soFar = sent;
    pass(SECOND_MS, running);
    await bench.settled('webhook:1', ({ open_at }) => open_at === START + 2 * SECOND_MS);
    expect(sent).toBeGreaterThan(soFar);
  });

  test('asks again about what it holds, after a minute', async () => {
    let asked = 0;
    await bench.add('webhook:1', 1);
    const opens = (): Opened | undefined =>
      ++asked === 1 ? { kind: 'hold', reason: 'group-off' } : undefined;
    const running = bench.startEngine([bench.channel({ opens })]);
    await bench.settled('webhook:1', ({ held }) => held === 'group-off');
    pass(MINUTE_MS - 1, running);
    await until(async () => (await running.state()).lanesInWork === 0, 'it has looked');
    expect(asked).toBe(1);
    pass(1, running);
    await bench.settled('webhook:1', isEmpty);
  });

  test('ends all that can never be sent, what is not due included', async () => {
    const settled: Settled[] = [];
    await bench.add('webhook:1', 600);
    await bench.add('webhook:1', 1, { dueAt: START + MINUTE_MS });
    const running = bench.startEngine([
      bench.channel({
        opens: () => ({ kind: 'end', state: 'notSent', reason: 'no-receiver' }),
        async settle(_tx, these) {
          settled.push(...these);
          return [];
        },
      }),
    ]);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(0);
    for (const { state, reason, attempts, finished_at } of await bench.deliveries('webhook:1')) {
      expect([state, reason, attempts, finished_at]).toEqual([3, 'no-receiver', 0, START]);
    }
    expect(await bench.attempts('webhook:1')).toEqual([]);
    expect(settled.filter(({ state }) => state === 'notSent')).toHaveLength(601);
    expect((await stateAtRest(running)).channels.webhook).toMatchObject({ notSent: 601, delivered: 0 });
  });

  test('sends as one what waits together, and no two messages too soon after each other', async () => {
    const channel = bench.channel({ concurrency: 1, together: 100, spacingMs: 10 * MINUTE_MS });
    const first = await bench.add('webhook:1', 3);
    let openAtWhileSending = 0;
    bench.receiver.script = () => 'hang';
    const running = bench.startEngine([channel]);
    await until(() => bench.receiver.hanging === 1, 'it is on its way');
    openAtWhileSending = (await bench.lane('webhook:1')).open_at;
    expect(openAtWhileSending).toBe(START + 10 * MINUTE_MS);
    bench.receiver.script = () => ({ status: 200 });
    bench.receiver.letGo();
    await bench.settled('webhook:1', isEmpty);
    const second = [...(await bench.add('webhook:1', 1)), ...(await bench.add('webhook:1', 1))];
    pass(10 * MINUTE_MS - 1, running);
    await bench.settled('webhook:1', ({ due_at }) => due_at === START + 10 * MINUTE_MS);
    expect(bench.receiver.received).toHaveLength(1);
    pass(1, running);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received.map(({ eventIds }) => eventIds.toSorted())).toEqual([
      first.toSorted(),
      second.toSorted(),
    ]);
  });

  test('is not kept from a retry by the distance between messages', async () => {
    await bench.add('webhook:1', 2);
    bench.receiver.script = () => ({ status: 500 });
    const running = bench.startEngine([bench.channel({ together: 100, spacingMs: 10 * MINUTE_MS })]);
    await bench.settled('webhook:1', ({ due_at }) => due_at === START + 10 * SECOND_MS);
    bench.receiver.script = () => ({ status: 200 });
    pass(10 * SECOND_MS, running);
    await bench.settled('webhook:1', isEmpty);
    expect(bench.receiver.received).toHaveLength(2);
    expect(bench.receiver.received[1]?.eventIds).toHaveLength(2);
  });

  test('writes the outcomes of many lanes in few transactions, and what follows from them after it', async () => {
    const effects: Effect[] = [];
    const lanes = Array.from({ length: 100 }, (_, index) => `webhook:${index}`);
    await bench.addEach(lanes, 5);
    const effect: Effect = { kind: 'disable-endpoint', endpointId: 7, reason: 'gone', calledAsOf: 0 };
    let writings = 0;
    const running = bench.startEngine(
      [
        bench.channel({
          async settle() {
            writings++;
            return [effect];
          },
        }),
      ],
      { onEffect: (effect) => effects.push(effect) },
    );
    await until(async () => bench.receiver.received.length === 500, 'all is sent');
    await bench.allEnded();
    await stateAtRest(running);
    expect(writings).toBeLessThan(100);
    expect(effects).toEqual(Array.from({ length: writings }, () => effect));
  });

  test('lets one lane that cannot be written keep no other from it', async () => {
    await bench.addEach(['webhook:1', 'webhook:bad', 'webhook:2'], 2);
    const running = bench.startEngine([
      bench.channel({
        async settle(_tx, settled) {
          if (settled.some(({ delivery }) => delivery.lane === 'webhook:bad')) throw new Error('a defect');
          return [];
        },
      }),
    ]);
    await bench.settled('webhook:1', isEmpty);
    await bench.settled('webhook:2', isEmpty);
    await until(async () => (await running.state()).lanesInWork === 0, 'it is given up');
    expect(bench.reports).toContainEqual({
      event: 'deliveries.outcome-lost',
      details: { lane: 'webhook:bad', error: 'Error: a defect' },
    });
    expect(await bench.attempts('webhook:bad')).toEqual([]);
    // Not at once again: its lease has to run out first.
    expect((await bench.lane('webhook:bad')).lease_until).toBe(START + 30 * SECOND_MS);
    expect(bench.receiver.receivedBy('webhook:bad')).toHaveLength(2);
    expect(await running.state()).toMatchObject({ stalled: false, unwritten: 0 });
    await bench.add('webhook:1', 1);
    await bench.settled('webhook:1', isEmpty);
  });

  test('finishes what is under way when it stops, and gives its lanes back', async () => {
    await bench.add('webhook:1', 20);
    bench.receiver.script = () => 'hang';
    const stopping = bench.startEngine([bench.channel()]);
    await until(() => bench.receiver.hanging === 4, 'some are on their way');
    const stopped = stopping.stop();
    bench.receiver.letGo();
    await stopped;
    expect(bench.receiver.received).toHaveLength(4);
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 16, lease_owner: null, due_at: START });
    expect(await bench.attempts('webhook:1')).toHaveLength(4);
    await bench.expectTrueLanes();
  });

  test('leaves alone what somebody has ended while it was under way', async () => {
    await bench.add('webhook:1', 1);
    bench.receiver.script = () => 'hang';
    bench.startEngine([bench.channel()]);
    await until(() => bench.receiver.hanging === 1, 'it is on its way');
    await bench.writer.transact(async (tx) => {
      await tx.run(`update delivery_lane set waiting = waiting - 1 where lane = 'webhook:1'`, []);
      await tx.run(
        `update delivery set state = 3, reason = 'cancelled', finished_at = $1 where lane = 'webhook:1'`,
        [START],
      );
    });
    bench.receiver.letGo();
    await bench.settled('webhook:1', isEmpty);
    expect(await bench.deliveries('webhook:1')).toMatchObject([{ state: 3, reason: 'cancelled' }]);
    expect(await bench.attempts('webhook:1')).toMatchObject([{ status: 200 }]);
  });
});
