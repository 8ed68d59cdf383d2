import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickFlag, ClickKind, type ClickRecord } from '../../src/clicks/click-record.ts';
import { appEventTalliesOf } from '../../src/clicks/ingest/app-event-tallies.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { clicksBeforeApps } from '../../src/clicks/ingest/deferred-clicks.ts';
import { Dictionary } from '../../src/clicks/ingest/dictionary.ts';
import { enrich } from '../../src/clicks/ingest/enrich.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ASKING_AGAIN_MS, claimDeferred, NO_CLICK } from '../../src/deeplinks/deferred/deferred-claim.ts';
import { DeferredStore, MOST_CANDIDATES } from '../../src/deeplinks/deferred/deferred-store.ts';
import { forgetDeferred } from '../../src/deeplinks/deferred/deferred-upkeep.ts';
import { hashNetwork } from '../../src/deeplinks/deferred/keyed-hash.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const IOS = { platform: 'ios', query: '', unlocked: null };
const SECRET = createSecretKey(Buffer.from('secret'));
const DAY_MS = 86_400_000;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15';

describe.each(ENGINES)('clicks that wait for an app, on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let ingest: DatabaseIngestStore;
  let store: DeferredStore;
  let linkId: number;
  let projectId: number;
  let segments = 0;

  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    ingest = new DatabaseIngestStore(writer, 'http://localhost:8080', new Dictionary(), SECRET);
    store = new DeferredStore(bench.database);
    linkId = (await bench.createLink()).id;
    projectId = bench.project.id;
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const towards = (changes: Partial<ClickRecord> = {}): ClickRecord =>
    clickRecord({
      linkId,
      flags: ClickFlag.towardsApp,
      userAgent: IPHONE,
      app: { ...IOS, query: 'ref=1' },
      ...changes,
    });

  const commit = async (...records: ClickRecord[]) => {
    segments += 1;
    await ingest.commit({
      fromOffset: 0,
      to: { uuid: `deferred-${segments}`, sequence: segments, offset: 64, records: 1, finishedAt: null },
      clicks: records.map((record) => enrich(record, { secret: SECRET, geo: undefined })),
      counts: countersOf(records),
      appEvents: appEventTalliesOf(records),
      beforeApps: clicksBeforeApps(records),
    });
    return records.map(({ id }) => id);
  };

  const waiting = async (address: string, since = 0) =>
    await store.listLikeClicks(projectId, hashNetwork(SECRET, projectId, address), 'ios', since);

  const rowOf = (clickId: string) =>
    bench.database.read
      .selectFrom('deferred_click')
      .selectAll()
      .where('click_id', '=', clickId)
      .executeTakeFirst();

  test('ingest keeps what an app may ask for, and no address', async () => {
    const click = towards({ address: '198.51.100.9', at: 1_900_000_000_000 });
    await commit(click);
    expect(await rowOf(click.id)).toEqual({
      click_id: click.id,
      project_id: projectId,
      link_id: linkId,
      at: click.at,
      expires_at: click.at + 30 * DAY_MS,
      platform: 'ios',
      os_version: '17.5',
      language: 'ko-kr',
      network: hashNetwork(SECRET, projectId, '198.51.100.9'),
      query: 'ref=1',
      unlocked: null,
      claimed_at: null,
      claimed_by: null,
    });
    expect(JSON.stringify(await rowOf(click.id))).not.toContain('198.51');
  });

  test('a click is kept with the password it was let in by, wherever it led', async () => {
    const click = towards({ at: 5_000, flags: 0, app: { ...IOS, unlocked: 'version' } });
    await commit(click);
    expect(await store.findClick(projectId, click.id, 'ios', 6_000)).toMatchObject({ unlocked: 'version' });
  });

  test('clicks for which there is no app, crawlers and what is not counted leave nothing', async () => {
    const address = '198.51.100.10';
    await commit(
      towards({ address, app: null }),
      towards({ address, flags: ClickFlag.towardsApp | ClickFlag.crawler }),
      towards({ address, flags: ClickFlag.towardsApp | ClickFlag.uncounted }),
      towards({ address, kind: ClickKind.appOpen }),
      towards({ address, app: { ...IOS, platform: 'other' } }),
    );
    expect(await waiting(address)).toEqual([]);
  });

  test('a Mac that may be an iPad is found by its name alone', async () => {
    const click = towards({ address: '198.51.100.11', userAgent: MAC });
    await commit(click);
    expect(await waiting('198.51.100.11')).toEqual([]);
    expect(await store.findClick(projectId, click.id, 'ios', click.at)).toMatchObject({ isClaimed: false });
  });

  test('an IPv6 network is its first 64 bits, an IPv4 address alone', async () => {
    await commit(towards({ address: '2001:db8:1:2:a::1' }), towards({ address: '198.51.100.12' }));
    expect(await waiting('2001:db8:1:2:b::2')).toHaveLength(1);
    expect(await waiting('2001:db8:1:3:a::1')).toEqual([]);
    expect(await waiting('::ffff:198.51.100.12')).toHaveLength(1);
    expect(await waiting('198.51.100.13')).toEqual([]);
  });

  test('clicks that are alike are one candidate, and the newest of them stands for all', async () => {
    const address = '198.51.100.20';
    const ids = await commit(towards({ address }), towards({ address }), towards({ address }));
    await commit(towards({ address, app: { ...IOS, query: 'ref=2' } }));
    const found = await waiting(address);
    expect(found).toHaveLength(2);
    expect(found.find(({ query }) => query === 'ref=1')?.clickId).toBe(ids.sort().at(-1));
  });

  test('a crowd is not read to its end', async () => {
    const address = '198.51.100.21';
    const crowd = Array.from({ length: MOST_CANDIDATES + 50 }, (_, n) =>
      towards({ address, app: { ...IOS, query: `n=${n}` } }),
    );
    await commit(...crowd);
    expect(await waiting(address)).toHaveLength(MOST_CANDIDATES + 1);
  });

  test('a project that has switched it off keeps nothing', async () => {
    const switchTo = (deferredWindowMinutes: number) =>
      bench.transact((tx) => bench.projects.update(tx, projectId, { deferredWindowMinutes }, undefined));
    await switchTo(0);
    const click = towards({ address: '198.51.100.30' });
    await commit(click);
    await switchTo(1_440);
    expect(await rowOf(click.id)).toBeUndefined();
  });

  test('of many who ask at once for one click, one is told, and the others may ask for another', async () => {
    const [clickId = ''] = await commit(towards({ at: 5_000 }));
    const devices = Array.from({ length: 20 }, (_, n) => `device-${n}`);
    const other = engine.name === 'PostgreSQL' ? openBatchWriter(bench.location) : writer;
    const outcomes = await Promise.all(
      devices.map((device, n) =>
        claimDeferred(n % 2 ? other : writer, { projectId, device, clickId, at: 6_000 }),
      ),
    );
    if (other !== writer) await other.close();
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(19);
    const winner = devices[outcomes.indexOf('claimed')];
    expect(await rowOf(clickId)).toMatchObject({ claimed_at: 6_000, claimed_by: winner });
    for (const device of devices)
      expect(await store.isAnswered(projectId, device, 6_000), device).toBe(device === winner);
    expect((await store.findClick(projectId, clickId, 'ios', 6_000))?.isClaimed).toBe(true);
  });

  test('a device that asks many times at once is told once', async () => {
    const ids = await commit(...Array.from({ length: 10 }, () => towards({ at: 5_000 })));
    const outcomes = await Promise.all(
      ids.map((clickId) => claimDeferred(writer, { projectId, device: 'twin', clickId, at: 6_000 })),
    );
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(9);
    const claimed = await Promise.all(ids.map((id) => store.findClick(projectId, id, 'ios', 6_000)));
    expect(claimed.filter((click) => click?.isClaimed)).toHaveLength(1);
  });

  test('a device that was told nothing may ask for a minute, and not a moment longer', async () => {
    const claim = { projectId, device: 'organic', clickId: null };
    const over = 1_000 + ASKING_AGAIN_MS;
    expect(await claimDeferred(writer, { ...claim, at: 1_000 })).toBe('claimed');
    expect(await claimDeferred(writer, { ...claim, at: over - 1 })).toBe('claimed');
    expect(await store.isAnswered(projectId, 'organic', over - 1)).toBe(false);
    // The minute counts from its first question, however often it asks.
    expect(await store.isAnswered(projectId, 'organic', over)).toBe(true);
    const [clickId = ''] = await commit(towards({ at: 5_000 }));
    expect(await claimDeferred(writer, { ...claim, clickId, at: over })).toBe('repeated');
    expect(await store.findClick(projectId, clickId, 'ios', over)).toMatchObject({ isClaimed: false });
  });

  test('a device that asks again within its minute is told once, in whichever process', async () => {
    const ids = await commit(...Array.from({ length: 12 }, () => towards({ at: 5_000 })));
    const other = engine.name === 'PostgreSQL' ? openBatchWriter(bench.location) : writer;
    const ask = (clickId: string | null, n: number) =>
      claimDeferred(n % 2 ? other : writer, { projectId, device: 'again', clickId, at: 6_000 + n });
    expect(await ask(null, 0)).toBe('claimed');
    const outcomes = await Promise.all(ids.map((clickId, n) => ask(clickId, n)));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(11);
    expect(await ask(null, 1)).toBe('repeated');
    if (other !== writer) await other.close();
    const claimed = await Promise.all(ids.map((id) => store.findClick(projectId, id, 'ios', 6_000)));
    expect(claimed.filter((click) => click?.isClaimed)).toHaveLength(1);
    expect(await store.isAnswered(projectId, 'again', 6_100)).toBe(true);
  });

  test('a device that was told of a link without a click is answered', async () => {
    const claim = { projectId, device: 'pasted', clickId: NO_CLICK, at: 1 };
    expect(await claimDeferred(writer, claim)).toBe('claimed');
    expect(await claimDeferred(writer, claim)).toBe('repeated');
    expect(await store.isAnswered(projectId, 'pasted', 2)).toBe(true);
  });

  test('with a click the earlier ones that are alike go, but for those who name them', async () => {
    const address = '198.51.100.40';
    const at = 5_000;
    const ref = (query: string) => ({ address, at, app: { ...IOS, query } });
    const [first = '', same = '', elsewhere = '', , , , , told = '', later = ''] = await commit(
      towards(ref('ref=1')),
      towards(ref('ref=1&fbclid=x')),
      towards(ref('ref=2')),
      towards({ ...ref('ref=1'), language: 'en-US' }),
      towards({ ...ref('ref=1'), userAgent: IPHONE.replaceAll('17', '16') }),
      towards({ ...ref('ref=1'), address: '198.51.100.41' }),
      towards({ ...ref('ref=1'), linkId: (await bench.createLink()).id }),
      towards(ref('ref=1')),
      towards(ref('ref=1')),
    );
    const claim = { projectId, device: 'tapper', clickId: told, at: 6_000, queries: ['ref=1&fbclid=x'] };
    expect(await claimDeferred(writer, claim)).toBe('claimed');
    const left = await store.listLikeClicks(projectId, hashNetwork(SECRET, projectId, address), 'ios', 0);
    expect(left.map(({ clickId }) => clickId)).not.toEqual(expect.arrayContaining([first, same]));
    expect(left).toHaveLength(5);
    expect(left.map(({ clickId }) => clickId)).toEqual(expect.arrayContaining([elsewhere, later]));
    expect(await waiting('198.51.100.41')).toHaveLength(1);
    for (const [n, clickId] of [first, same].entries()) {
      expect(left.map((click) => click.clickId)).not.toContain(clickId);
      const named = { projectId, device: `namer ${n}`, clickId, at: 6_000 };
      expect(await claimDeferred(writer, named)).toBe('claimed');
    }
  });

  test('a claim that comes too late withdraws nothing', async () => {
    const address = '198.51.100.42';
    const [first = '', told = ''] = await commit(
      towards({ address, at: 5_000 }),
      towards({ address, at: 5_000, app: { ...IOS, query: 'ref=2' } }),
    );
    const claim = { projectId, clickId: told, at: 6_000, queries: ['ref=1'] };
    await claimDeferred(writer, { ...claim, device: null, queries: [] });
    expect(await claimDeferred(writer, { ...claim, device: 'late' })).toBe('taken');
    expect((await waiting(address)).map(({ clickId }) => clickId)).toEqual([first]);
  });

  test('clicks of another project or platform, and those whose time is over, are nobody’s', async () => {
    const [clickId = ''] = await commit(towards({ at: 5_000 }));
    const late = 5_000 + 30 * DAY_MS;
    expect(await store.findClick(projectId + 1, clickId, 'ios', 6_000)).toBeUndefined();
    expect(await store.findClick(projectId, clickId, 'ios', late)).toBeUndefined();
    expect(await store.findClick(projectId, clickId, 'android', 6_000)).toBeUndefined();
    expect(await store.findClick(projectId, clickId, 'ios', 6_000)).toBeDefined();
    const claim = { device: null, clickId, at: 6_000 };
    expect(await claimDeferred(writer, { ...claim, projectId: projectId + 1 })).toBe('taken');
    expect(await claimDeferred(writer, { ...claim, projectId, at: late })).toBe('taken');
    expect(await claimDeferred(writer, { ...claim, projectId })).toBe('claimed');
  });

  test('what was ingested again does not wait again', async () => {
    const click = towards({ at: 5_000 });
    await commit(click);
    await claimDeferred(writer, { projectId, device: null, clickId: click.id, at: 6_000 });
    await commit({ ...click, at: 5_500 });
    expect(await rowOf(click.id)).toMatchObject({ at: 5_000, claimed_at: 6_000 });
  });

  test('what is over is forgotten, what is not stays', async () => {
    const now = 3_000_000_000_000;
    const over = towards({ at: now - 31 * DAY_MS });
    const open = towards({ at: now - 29 * DAY_MS });
    await commit(over, open);
    const asked = (device: string, daysAgo: number, clickId: string | null) =>
      claimDeferred(writer, { projectId, device, clickId, at: now - daysAgo * DAY_MS });
    await asked('old', 401, NO_CLICK);
    await asked('new', 399, NO_CLICK);
    // Anybody can ask, and be told nothing, as often as they like.
    await asked('old, told nothing', 31, null);
    await asked('new, told nothing', 29, null);
    while (await forgetDeferred(writer, now));
    expect(await rowOf(over.id)).toBeUndefined();
    expect(await rowOf(open.id)).toBeDefined();
    for (const [device, isKept] of [
      ['old', false],
      ['new', true],
      ['old, told nothing', false],
      ['new, told nothing', true],
    ] as const)
      expect(await store.isAnswered(projectId, device, now), device).toBe(isKept);
  });

  test('events of apps are tallied, and are no clicks', async () => {
    const link = await bench.createLink();
    const at = 20_500 * DAY_MS;
    const of = (changes: Partial<ClickRecord>) => towards({ linkId: link.id, at, ...changes });
    await commit(of({}), of({ kind: ClickKind.appOpen }), of({ kind: ClickKind.install, flags: 0 }));
    await commit(of({ kind: ClickKind.appOpen, flags: ClickFlag.slot }));
    const tallies = await bench.database.read
      .selectFrom('app_event_tally')
      .select(['day', 'platform', 'kind', 'count'])
      .where('link_id', '=', link.id)
      .orderBy('kind')
      .execute();
    expect(tallies).toEqual([
      { day: 20_500, platform: 'ios', kind: ClickKind.click, count: 1 },
      { day: 20_500, platform: 'ios', kind: ClickKind.appOpen, count: 2 },
      { day: 20_500, platform: 'ios', kind: ClickKind.install, count: 1 },
    ]);
    const counter = await bench.database.read
      .selectFrom('link_counter')
      .selectAll()
      .where('link_id', '=', link.id)
      .executeTakeFirstOrThrow();
    expect(counter).toMatchObject({
      clicks: 1,
      slots_taken: 1,
      clicks_unslotted: 1,
      threshold_clicks: 1,
      threshold_visitors: 1,
      first_click_at: at,
      last_click_at: at,
    });
    const facts = await bench.database.read
      .selectFrom('click')
      .select('kind')
      .where('link_id', '=', link.id)
      .execute();
    expect(facts).toHaveLength(4);
    const visitors = await bench.database.read
      .selectFrom('link_tally')
      .select(({ fn }) => [fn.sum('clicks').as('clicks'), fn.sum('visitors').as('visitors')])
      .where('link_id', '=', link.id)
      .executeTakeFirstOrThrow();
    expect([Number(visitors.clicks), Number(visitors.visitors)]).toEqual([1, 1]);
  });
});
