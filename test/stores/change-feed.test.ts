import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/db/change.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

describe.runIf(runs(POSTGRES))('the change feed on PostgreSQL', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
  });
  afterAll(() => bench.close());

  /** Another process that follows; what it heard, in the order in which it heard it. */
  async function follower(location?: StoreLocation): Promise<{ other: Workbench; heard: Change[] }> {
    const other = await bench.another(location);
    const heard: Change[] = [];
    await other.store.feed.start((changes) => void heard.push(...changes));
    return { other, heard };
  }

  function edit(on: Workbench, name: string, durationMs = 0): Promise<void> {
    return on.transact(async (tx) => {
      tx.record({
        entity: 'link',
        entityId: 1,
        publicId: name,
        projectId: null,
        action: 'updated',
        version: 1,
        data: {},
        codes: [],
      });
      // Stands for the statements of a longer transaction; the order of commits becomes another than of beginnings.
      await setTimeout(durationMs);
    });
  }

  function through(proxy: TcpProxy): StoreLocation {
    const { dataDir, database } = bench.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    return { dataDir, database: { ...database, url: proxy.through(database.url) } };
  }

  const databaseUrl = () => {
    const { database } = bench.location;
    return database.engine === 'postgres' ? database.url : '';
  };

  test('a follower hears every change of two hundred transactions of two processes once, in order', async () => {
    const { other, heard } = await follower();
    const second = await bench.another();
    // Twenty at a time: more would only wait for a connection, until one of them gives up.
    const left = Array.from({ length: 200 }, (_, index) => index);
    const editAll = async () => {
      for (let index = left.pop(); index !== undefined; index = left.pop())
        await edit(index % 2 === 0 ? bench : second, `feed-${index}`, Math.random() * 40);
    };
    await Promise.all(Array.from({ length: 20 }, editAll));
    await edit(bench, 'feed-last');
    await until(() => heard.some(({ publicId }) => publicId === 'feed-last'), 'the last change was heard');
    const rows = await bench.database.read
      .selectFrom('change')
      .select('public_id')
      .where('public_id', 'like', 'feed-%')
      .orderBy('id')
      .execute();
    expect(rows).toHaveLength(201);
    expect(heard.map(({ publicId }) => publicId)).toEqual(rows.map(({ public_id }) => public_id));
    await second.close();
    await other.close();
  });

  test('a change comes as it was recorded, and soon', async () => {
    const { other, heard } = await follower();
    const group = await bench.createGroup();
    await until(() => heard.length > 0, 'the change was heard');
    expect(heard).toMatchObject([
      {
        entity: 'group',
        entityId: group.id,
        publicId: group.publicId,
        projectId: bench.project.id,
        action: 'created',
        version: 1,
        data: { name: { from: null, to: 'Summer' } },
        codes: [],
      },
    ]);
    await other.close();
  });

  test('a follower hears nothing of what was before it began, nor of what was rolled back', async () => {
    await edit(bench, 'before-start');
    const { other, heard } = await follower();
    const failing = bench.transact(async (tx) => {
      await bench.groups.create(tx, bench.project.id, { name: 'No', settings: { entries: [] } });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await edit(bench, 'after-start');
    await until(() => heard.length > 0, 'something was heard');
    expect(heard.map(({ publicId }) => publicId)).toEqual(['after-start']);
    await other.close();
  });

  test('a bulk of thousands is heard whole', async () => {
    const { other, heard } = await follower();
    const links = await bench.createLinks(Array.from({ length: 2_500 }, () => ({})));
    await until(() => heard.length >= links.length, 'all links were heard of');
    expect(heard.map(({ publicId }) => publicId)).toEqual(links.map(({ publicId }) => publicId));
    await other.close();
  });

  describe('with the database away', () => {
    type Outage = Readonly<Record<'begin' | 'end', (proxy: TcpProxy) => Promise<void>>>;
    const outages: Record<string, Outage> = {
      'stalls and goes on': { begin: (proxy) => proxy.stall(), end: (proxy) => proxy.pass() },
      'refuses and comes back': { begin: (proxy) => proxy.drop(), end: (proxy) => proxy.pass() },
      'moves, with the old connections silent for good': {
        begin: (proxy) => proxy.stall(),
        end: (proxy) => proxy.abandon(),
      },
    };

    test.each(Object.entries(outages))(
      'a feed whose database %s says within 2 s that it is behind, and hears all it missed',
      async (_, { begin, end }) => {
        const proxy = await TcpProxy.open(databaseUrl());
        const { other, heard } = await follower(through(proxy));
        await edit(bench, 'before-outage');
        await until(() => heard.length === 1, 'the feed runs');
        expect(other.store.feed.current).toBe(true);

        await begin(proxy);
        await until(() => !other.store.feed.current, 'the feed was behind', 2_000);
        await edit(bench, 'during-outage-1');
        await edit(bench, 'during-outage-2');
        await end(proxy);
        await until(() => other.store.feed.current, 'the feed was current again', 6_000);
        expect(heard.map(({ publicId }) => publicId)).toEqual([
          'before-outage',
          'during-outage-1',
          'during-outage-2',
        ]);
        await proxy.pass();
        await Promise.all([other.close(), proxy.close()]);
      },
    );
  });
});
