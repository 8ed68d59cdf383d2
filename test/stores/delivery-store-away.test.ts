import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { DeliveryBench } from '../support/delivery-bench.ts';
import { POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

describe.runIf(runs(POSTGRES))('the delivery engine, its database away', () => {
  let bench: DeliveryBench;
  let proxy: TcpProxy;
  let location: StoreLocation;
  beforeEach(async () => {
    bench = await DeliveryBench.open(POSTGRES);
    const { database, dataDir } = bench.store.location;
    if (database.engine !== 'postgres') throw new Error('This suite is about a database behind a network');
    proxy = await TcpProxy.open(database.url);
    location = { dataDir, database: { ...database, url: proxy.through(database.url) } };
  });
  afterEach(async () => {
    await proxy.pass();
    await bench.close();
    await proxy.close();
  });

  test('keeps outcomes until it is back, begins nothing meanwhile, and sends nothing twice', async () => {
    const ids = await bench.add('webhook:1', 40);
    bench.receiver.script = () => 'hang';
    const running = bench.startEngine([bench.channel({ patienceMs: 30_000 })], { location });
    await until(() => bench.receiver.hanging === 4, 'some are on their way');
    await proxy.drop();
    bench.receiver.letGo();
    bench.receiver.script = () => ({ status: 200 });
    await until(() => bench.reports.some(({ event }) => event === 'deliveries.stalled'), 'it is noticed');
    ids.push(...(await bench.add('webhook:2', 3)));
    for (let times = 0; times < 10; times++) running.wake();
    expect(bench.receiver.receivedBy('webhook:2')).toEqual([]);
    expect(bench.receiver.hanging).toBe(0);
    expect(bench.receiver.received.length).toBeLessThan(40);
    await proxy.pass();
    for (const lane of ['webhook:1', 'webhook:2']) {
      await bench.settled(lane, ({ waiting }) => waiting === 0);
    }
    expect(bench.receiver.eventIds.toSorted()).toEqual(ids.toSorted());
    expect(bench.reports.map(({ event }) => event)).toContain('deliveries.resumed');
    expect(await running.state()).toMatchObject({ stalled: false, unwritten: 0 });
  });
});
