import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeliveryUpkeep } from '../../src/reactions/delivery/delivery-upkeep.ts';
import { DeliveryBench, START } from '../support/delivery-bench.ts';
import { ENGINES } from '../support/engines.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe.each(ENGINES)('the upkeep of deliveries on $name', (engine) => {
  let bench: DeliveryBench;
  beforeEach(async () => {
    bench = await DeliveryBench.open(engine);
  });
  afterEach(() => bench.close());

  const run = (text: string, ...parameters: (string | number)[]) =>
    bench.writer.transact((tx) => tx.run(text, parameters));
  const count = async (table: string) =>
    Number(
      (await bench.writer.events.all<{ rows: number }>(`select count(*) as rows from ${table}`, []))[0]?.rows,
    );

  test('deletes what ended longer ago than the log is kept, with its attempts', async () => {
    await bench.add('webhook:old', 2_300);
    await bench.add('webhook:new', 5);
    await bench.add('webhook:waiting', 5, { createdAt: START - 99 * DAY_MS });
    const ended = `update delivery set state = $1, finished_at = $2 where lane = $3`;
    await run(ended, 2, START - 30 * DAY_MS - 1, 'webhook:old');
    await run(ended, 1, START - 30 * DAY_MS, 'webhook:new');
    await run(
      `insert into delivery_attempt (delivery_id, number, at, duration_ms)
       select id, 1, 0, 0 from delivery where lane <> 'webhook:waiting'`,
    );
    await new DeliveryUpkeep(bench.writer, 30).run(START);
    expect(await bench.deliveries('webhook:old')).toHaveLength(0);
    expect(await bench.deliveries('webhook:new')).toHaveLength(5);
    expect(await bench.deliveries('webhook:waiting')).toHaveLength(5);
    expect(await count('delivery_attempt')).toBe(5);
  });

  test('forgets lanes that say nothing any more, and keeps those of webhooks', async () => {
    const end = (lane: string) =>
      run('update delivery_lane set waiting = 0, due_at = null where lane = $1', lane);
    for (const [lane, channel] of [
      ['mail:1:1', 'mail'],
      ['mail:1:2', 'mail'],
      ['message:1:example.com', 'push'],
      ['webhook:1', 'webhook'],
    ] as const) {
      await bench.add(lane, 1, { channel });
      await run('update delivery set state = 1, finished_at = $1 where lane = $2', START, lane);
      await end(lane);
    }
    await bench.add('mail:1:3', 1, { channel: 'mail' });
    // The next mail about this link may not go out yet.
    await run('update delivery_lane set open_at = $1 where lane = $2', START + 1, 'mail:1:2');
    await new DeliveryUpkeep(bench.writer, 30).run(START);
    const lanes = await bench.writer.events.all<{ lane: string }>(
      'select lane from delivery_lane order by lane',
      [],
    );
    expect(lanes.map(({ lane }) => lane)).toEqual(['mail:1:2', 'mail:1:3', 'webhook:1']);
  });

  test('puts lanes right that have forgotten what waits in them', async () => {
    await bench.add('webhook:1', 3);
    await bench.add('webhook:2', 1, { dueAt: START + 5 });
    await bench.add('webhook:3', 1);
    await run(`update delivery_lane set due_at = null where lane = 'webhook:1'`);
    await run(`update delivery_lane set due_at = null, waiting = 0 where lane = 'webhook:2'`);
    await run(`update delivery_lane set due_at = null, waiting = 7 where lane = 'webhook:3'`);
    await run(`update delivery set state = 1, finished_at = 1 where lane = 'webhook:3'`);
    await new DeliveryUpkeep(bench.writer, 1_000_000).run(START);
    expect(await bench.lane('webhook:1')).toMatchObject({ waiting: 3, due_at: START });
    expect(await bench.lane('webhook:2')).toMatchObject({ waiting: 1, due_at: START + 5 });
    expect(await bench.lane('webhook:3')).toMatchObject({ waiting: 0, due_at: null });
    await bench.expectTrueLanes();
  });

  test('is done by a running engine, once a minute', async () => {
    await bench.add('webhook:1', 1);
    await run('update delivery set state = 1, finished_at = $1', START);
    await run('update delivery_lane set waiting = 0, due_at = null');
    const running = bench.startEngine([bench.channel()], { logDays: 1 });
    await running.state();
    bench.now += DAY_MS + 60_000;
    running.wake();
    await expect.poll(() => count('delivery'), { timeout: 30_000 }).toBe(0);
  });
});
