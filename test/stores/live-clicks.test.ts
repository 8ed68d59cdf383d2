import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lastRow } from '../../src/clicks/click-rows.ts';
import { joined, type LiveBatch, NO_CLICKS_YET } from '../../src/clicks/live-batch.ts';
import { LiveClicks } from '../../src/clicks/live-clicks.ts';
import { countRecentMinutes } from '../../src/clicks/recent-minutes.ts';
import type { ShownScope } from '../../src/clicks/shown-clicks.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { Link } from '../../src/links/link.ts';
import { clickRow, insertClickRows } from '../support/click-rows.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const MINUTE_MS = 60_000;

describe.each(ENGINES)('clicks as they come in, from the store on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let link: Link;
  let project: ShownScope;
  const troubles: unknown[] = [];
  let live: LiveClicks;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    link = await bench.createLink();
    project = { projectId: bench.project.id, linkId: undefined, groupId: undefined };
  });
  afterEach(() => live?.close());
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const insert = (count: number, changes = {}) =>
    insertClickRows(
      writer,
      Array.from({ length: count }, () => clickRow({ link_id: link.id, ...changes })),
    );

  async function listen(scope = project) {
    live ??= newLive();
    let batch: LiveBatch = NO_CLICKS_YET;
    let told = 0;
    let ended = false;
    const listening = await live.listen({
      scope,
      tell(heard, until) {
        batch = joined(batch, heard);
        told = until;
      },
      end() {
        ended = true;
      },
    });
    return {
      ...listening,
      get batch() {
        return batch;
      },
      get told() {
        return told;
      },
      get ended() {
        return ended;
      },
    };
  }

  function newLive(): LiveClicks {
    return new LiveClicks(bench.database, (error) => troubles.push(error));
  }

  test('all are counted, the newest fifty kept, whoever listens since when', async () => {
    live = newLive();
    await insert(10);
    const early = await listen();
    expect(early.from).toBe(await lastRow(bench.database.read));
    await insert(1_234, { city: 'Busan' });
    await insert(1, { city: 'Jeju' });
    await until(() => early.batch.count === 1_235, 'all are told');
    expect(early.batch.newest).toHaveLength(50);
    expect(early.batch.newest[0]).toMatchObject({ city: 'Jeju', link: link.publicId, code: link.code });
    expect(early.told).toBe(await lastRow(bench.database.read));

    const late = await listen();
    expect(late.from).toBe(early.told);
    await insert(3);
    await until(() => late.batch.count === 3 && early.batch.count === 1_238, 'both are told');
    late.stop();
    await insert(2);
    await until(() => early.batch.count === 1_240, 'the other one is told');
    expect(late.batch.count).toBe(3);
  });

  test('between the last who leaves and the first who comes, nobody asks and nothing is told', async () => {
    live = newLive();
    const before = await listen();
    before.stop();
    expect(live.listeners).toBe(0);
    await insert(5);
    await until(async () => {
      const probe = await listen();
      probe.stop();
      return probe.from === (await lastRow(bench.database.read));
    }, 'the poller has stopped and starts at the last row');
    const after = await listen();
    await insert(1);
    await until(() => after.batch.count === 1, 'what comes in is told');
    expect(before.batch.count).toBe(0);
  });

  test('a store that cannot be read for a while costs time and no clicks', async () => {
    live = newLive();
    const ear = await listen();
    await insert(4);
    troubles.length = 0;
    await writer.transact((tx) => tx.run('alter table click rename to click_away', []));
    await until(() => troubles.length > 0, 'the trouble is reported');
    const heard = ear.batch.count;
    await writer.transact((tx) => tx.run('alter table click_away rename to click', []));
    await insert(2);
    await until(() => ear.batch.count === 6, 'all are told');
    expect(heard).toBeLessThanOrEqual(4);
  });

  test('what somebody has missed can be told unless it is too much', async () => {
    live = newLive();
    const { read } = bench.database;
    const from = await lastRow(read);
    await insert(7);
    await insert(3, { flags: 2 });
    await insert(2, { project_id: bench.project.id + 1 });
    const last = await lastRow(read);
    expect((await live.missed(project, from, last))?.count).toBe(7);
    expect((await live.missed({ ...project, linkId: link.id + 1 }, from, last))?.count).toBe(0);
    expect(await live.missed(project, last, last)).toEqual(NO_CLICKS_YET);
    expect(await live.missed(project, last + 1, last)).toBeUndefined();
    expect(await live.missed(project, last, last + 50_001)).toBeUndefined();
  });

  test('who closes it ends everybody, and nobody can join any more', async () => {
    live = newLive();
    const ear = await listen();
    await live.close();
    expect(ear.ended).toBe(true);
    await expect(listen()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('the last half hour is counted by minute, by the rules of what is shown', async () => {
    const now = Date.UTC(2026, 6, 1, 12, 0, 30);
    const ago = (minutes: number) => now - minutes * MINUTE_MS;
    const group = await bench.createGroup('Home only', { excludeForeign: true });
    const [member, loner, free] = await bench.createLinks([
      { groupId: group.publicId },
      { settings: { excludeForeign: true } },
      {},
    ]);
    const of = (one: Link | undefined, minutes: number, changes = {}) =>
      clickRow({ link_id: one?.id as number, at: ago(minutes), ...changes });
    await insertClickRows(writer, [
      of(free, 31),
      of(free, 29),
      of(free, 29, { country: 'US' }),
      of(free, 29, { flags: 2 }),
      of(free, 29, { flags: 16 }),
      of(free, 29, { kind: 3 }),
      of(member, 3, { country: 'US' }),
      of(member, 3, { country: '' }),
      of(loner, 1, { country: 'US' }),
      of(loner, 1, { group_id: group.id }),
      of(free, 0),
      of(free, 0, { flags: 32 | 4 }),
      of(free, -5),
      of(free, 0, { project_id: bench.project.id + 1 }),
    ]);
    const last = await lastRow(bench.database.read);
    const counts = async (scope = project, until = last) => {
      const minutes = await countRecentMinutes(bench.database, scope, until, now);
      expect(minutes).toHaveLength(30);
      expect(minutes.at(-1)?.at).toBe(Date.UTC(2026, 6, 1, 12, 0));
      return Object.fromEntries(
        minutes.flatMap(({ clicks }, index) => (clicks === 0 ? [] : [[29 - index, clicks]])),
      );
    };
    expect(await counts()).toEqual({ 29: 2, 3: 1, 1: 1, 0: 2 });
    expect(await counts({ ...project, linkId: free?.id })).toEqual({ 29: 2, 0: 2 });
    expect(await counts({ ...project, groupId: group.id })).toEqual({ 1: 1 });
    expect(await counts(project, last - 4)).toEqual({ 29: 2, 3: 1, 1: 1 });
    await bench.deleteGroup(group);
    expect(await counts()).toEqual({ 29: 2, 3: 2, 1: 1, 0: 2 });
  });
});
