import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import { ClickFlag } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import type { EnrichedClick } from '../../src/clicks/ingest/enrich.ts';
import { type IngestBatch, PositionMoved } from '../../src/clicks/ingest/ingest-store.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { makeFirstStatistics } from '../../src/clicks/upkeep/first-statistics.ts';
import { rebuildStatistics } from '../../src/clicks/upkeep/rebuild.ts';
import { Retention } from '../../src/clicks/upkeep/retention.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { Group } from '../../src/links/group.ts';
import type { Link } from '../../src/links/link.ts';
import { eventIdOf } from '../../src/reactions/delivery/delivery.ts';
import { alertLane, MOST_WAITING, mailLane, webhookLane } from '../../src/reactions/delivery/lane.ts';
import type { ThresholdNotice } from '../../src/reactions/thresholds/threshold-notice.ts';
import type { WebhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const PUBLIC_URL = 'https://go.example';
const NOON = Date.UTC(2026, 2, 10, 3); // in Seoul
const OWN = { webhookEnabled: true, webhookUrl: 'https://group.example/hook' } as const;

let made = 0;

describe.each(ENGINES)('thresholds on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let store: DatabaseIngestStore;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    store = new DatabaseIngestStore(writer, PUBLIC_URL);
    await bench.transact((tx) => endpoints().ensure(tx, bench.project.id, null));
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });
  beforeEach(async () => {
    await setProject({});
    await writer.transact(async (tx) => {
      for (const table of ['delivery', 'delivery_lane', 'push_subscription'])
        await tx.run(`delete from ${table}`, []);
    });
  });

  const endpoints = () => new WebhookEndpointService(bench.database, false);

  /** The project's own webhook is on, for every second click, but for what is given. */
  const setProject = (changes: Record<string, unknown>) =>
    bench.transact((tx) =>
      tx.db
        .updateTable('project')
        .set({
          webhook_enabled: 1,
          webhook_url: 'https://project.example/hook',
          webhook_metric: 'clicks',
          webhook_frequency: 2,
          notify_every: 100,
          ...changes,
        })
        .execute(),
    );

  const endpointOf = async (group: Group | null) => {
    const found = await bench.database.read
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('project_id', '=', bench.project.id)
      .where('group_id', group ? '=' : 'is', group ? group.id : null)
      .executeTakeFirstOrThrow();
    return { id: found.id, publicId: found.public_id };
  };

  /** Of a visitor of its own, a minute after the last one. */
  const click = (link: Link, changes: Partial<EnrichedClick> = {}): EnrichedClick => {
    made += 1;
    return {
      id: made.toString(16).padStart(32, '0'),
      kind: 1,
      at: NOON + made * 60_000,
      linkId: link.id,
      groupId: null,
      domainId: link.domainId,
      routeId: 1,
      flags: 0,
      userAgent: 'x',
      language: 'ko-KR',
      visitor: made.toString(16).padStart(16, '0'),
      referrerHost: '',
      utm: null,
      country: 'KR',
      region: '',
      city: '',
      device: 'mobile',
      os: 'iOS',
      browser: 'Safari',
      languageTag: 'ko',
      ...changes,
    };
  };
  const clicks = (link: Link, count: number, changes: Partial<EnrichedClick> = {}) =>
    Array.from({ length: count }, () => click(link, changes));

  const batchOf = (all: readonly EnrichedClick[]): IngestBatch => {
    made += 1;
    return {
      fromOffset: 0,
      to: { uuid: `s${made}`, sequence: 1, offset: 64, records: all.length, finishedAt: null },
      clicks: all,
      counts: countersOf(all),
    };
  };
  const ingest = (all: readonly EnrichedClick[]) => store.commit(batchOf(all));

  const deliveries = (channel: string, link: Link) =>
    bench.database.read
      .selectFrom('delivery')
      .selectAll()
      .where('channel', '=', channel)
      .where('link_id', '=', link.id)
      .orderBy('id')
      .execute();
  /** What receivers of webhooks are told of a link. */
  const told = async (link: Link): Promise<WebhookPayload[]> =>
    (await deliveries('webhook', link)).map(({ body }) => JSON.parse(body));
  const toldClicks = async (link: Link) => (await told(link)).map(({ acesCnt }) => acesCnt);
  const lane = async (name: string) =>
    await bench.database.read
      .selectFrom('delivery_lane')
      .select(['waiting', 'dropped', 'due_at'])
      .where('lane', '=', name)
      .executeTakeFirst();
  const counters = async (link: Link) => {
    const found = await bench.database.read
      .selectFrom('link_counter')
      .select(['clicks', 'threshold_clicks', 'threshold_visitors'])
      .where('link_id', '=', link.id)
      .executeTakeFirst();
    return found && [found.clicks, found.threshold_clicks, found.threshold_visitors];
  };

  test('a webhook is told each multiple, with all that the contract names', async () => {
    const group = await bench.createGroup('Summer "26"');
    const link = await bench.createLink({
      title: '여름 <세일>',
      destination: 'https://example.com/sale?a=1',
      groupId: group.publicId,
    });
    const made = clicks(link, 5, { groupId: group.id });
    await ingest(made);
    const endpoint = await endpointOf(null);
    const rows = await deliveries('webhook', link);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      event_id: eventIdOf('clicks', link.publicId, endpoint.publicId, 'clicks', 4),
      lane: webhookLane(endpoint.id),
      kind: 'clicks',
      project_id: bench.project.id,
      endpoint_id: endpoint.id,
      subscription_id: null,
      group_id: group.id,
      state: 0,
      attempts: 0,
      due_at: rows[1]?.created_at,
    });
    const at = made[3]?.at as number;
    const local = new Date(at + 9 * 3_600_000).toISOString();
    expect(JSON.parse(rows[1]?.body ?? '')).toEqual({
      payloadVersion: 'v1',
      linkId: link.code,
      domain: 'https://localhost:8080',
      grpIdx: group.id,
      grpNm: 'Summer "26"',
      url: 'https://example.com/sale?a=1',
      ttl: '여름 <세일>',
      webhookMetric: 'C',
      webhookFrequency: 2,
      acesCnt: 4,
      pernCnt: 4,
      ymdt: `${local.slice(0, 10)} ${local.slice(11, 19)}`,
      event: 'link.clicks',
      eventId: rows[1]?.event_id,
      timestamp: new Date(at).toISOString(),
      shortUrl: `https://localhost:8080/${link.code}`,
      webhookType: 'GLOBAL',
      compIdx: bench.project.id,
      linkPublicId: link.publicId,
      groupPublicId: group.publicId,
      projectPublicId: bench.project.publicId,
    });
    expect(await lane(webhookLane(endpoint.id))).toEqual({ waiting: 2, dropped: 0, due_at: rows[0]?.due_at });
  });

  test('batches of any size tell the same', async () => {
    const [a, b] = (await bench.createLinks([{}, {}])) as [Link, Link];
    await ingest([...clicks(a, 3), ...clicks(b, 1)]);
    for (const one of clicks(a, 4)) await ingest([one]);
    await ingest([...clicks(b, 4)]);
    expect(await toldClicks(a)).toEqual([2, 4, 6]);
    expect(await toldClicks(b)).toEqual([2, 4]);
    expect(await counters(a)).toEqual([7, 7, 7]);
  });

  test('crawlers, takers of a slot and repeats move nothing; only new visitors move visitors', async () => {
    await setProject({ webhook_metric: 'visitors', webhook_frequency: 1 });
    const link = await bench.createLink();
    const at = NOON;
    const visitor = 'aaaaaaaaaaaaaaaa';
    await ingest([
      click(link, { flags: ClickFlag.crawler }),
      click(link, { flags: ClickFlag.uncounted | ClickFlag.slot }),
      click(link, { kind: 2 }),
      click(link, { at, visitor }),
      click(link, { at: at + 4_999, visitor }),
      click(link, { at: at + 5_000, visitor }),
      click(link, { at: at + 86_400_000, visitor }),
    ]);
    expect(await counters(link)).toEqual([4, 3, 1]);
    expect(
      (await told(link)).map(({ acesCnt, pernCnt, webhookMetric }) => [acesCnt, pernCnt, webhookMetric]),
    ).toEqual([[1, 1, 'P']]);
    await ingest([click(link), click(link)]);
    expect((await told(link)).map(({ pernCnt }) => pernCnt)).toEqual([1, 2, 3]);
    const { publicId } = await endpointOf(null);
    expect((await deliveries('webhook', link)).map(({ event_id }) => event_id)).toEqual(
      [1, 2, 3].map((multiple) => eventIdOf('clicks', link.publicId, publicId, 'visitors', multiple)),
    );
  });

  test('a click that comes in late and takes over another’s place is told of no second time', async () => {
    await setProject({ webhook_frequency: 1 });
    const link = await bench.createLink();
    const visitor = 'bbbbbbbbbbbbbbbb';
    await ingest([click(link, { at: NOON, visitor })]);
    await ingest([click(link, { at: NOON - 3_000, visitor })]);
    expect(await counters(link)).toEqual([2, 1, 1]);
    expect(await toldClicks(link)).toEqual([1]);
    // The late one moves the windows: what repeated the click at noon now stands for itself.
    const other = await bench.createLink();
    await ingest([0, 4_000].map((ms) => click(other, { at: NOON + ms, visitor })));
    expect(await counters(other)).toEqual([2, 1, 1]);
    await ingest([click(other, { at: NOON - 3_000, visitor })]);
    expect(await counters(other)).toEqual([3, 2, 1]);
    expect(await toldClicks(other)).toEqual([1, 2]);
  });

  test('what an older click makes of a stored one is told to the group that one was made in', async () => {
    await setProject({ webhook_frequency: 1 });
    const group = await bench.createGroup('Late', OWN);
    const link = await bench.createLink();
    const visitor = 'cccccccccccccccc';
    await ingest([0, 4_000].map((ms) => click(link, { at: NOON + ms, visitor, groupId: group.id })));
    await ingest([click(link, { at: NOON - 3_000, visitor })]);
    expect((await told(link)).map(({ acesCnt, webhookType }) => [acesCnt, webhookType])).toEqual([
      [1, 'GROUP'],
      [2, 'GROUP'],
    ]);
  });

  test('of several links the oldest click is told first', async () => {
    await setProject({ webhook_frequency: 1 });
    const links = await bench.createLinks([{}, {}, {}]);
    const each = [2, 0, 1, 1, 2, 0].map((index) => click(links[index] as Link));
    await ingest([...each].reverse());
    const rows = await bench.database.read.selectFrom('delivery').select('link_id').orderBy('id').execute();
    expect(rows.map(({ link_id }) => link_id)).toEqual(each.map(({ linkId }) => linkId));
  });

  test('a link is called by its primary code, on its domain, below its prefix', async () => {
    await setProject({ webhook_frequency: 1 });
    const link = await bench.createLink({ code: '여름' });
    await bench.transact(async (tx) => {
      const domain = await tx.db
        .insertInto('domain')
        .values({
          public_id: 'dom_x',
          project_id: bench.project.id,
          host: 'x.example',
          path_prefix: 'go/to',
          created_at: 1,
          updated_at: 1,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx.db.updateTable('link').set({ domain_id: domain.id }).where('id', '=', link.id).execute();
      await tx.db
        .insertInto('link_code')
        .values({
          domain_id: domain.id,
          code: 'former',
          link_id: link.id,
          is_primary: 0,
          is_custom: 1,
          created_at: 1,
        })
        .execute();
    });
    await ingest(clicks(link, 1));
    expect(await told(link)).toEqual([
      expect.objectContaining({
        linkId: '여름',
        domain: 'https://x.example/go/to',
        shortUrl: 'https://x.example/go/to/%EC%97%AC%EB%A6%84',
      }),
    ]);
  });

  test('foreign clicks move nothing where they are excluded, by the link or its group; unknown ones are not foreign', async () => {
    await setProject({ webhook_frequency: 1 });
    const group = await bench.createGroup('Off', { excludeForeign: false });
    const link = await bench.createLink({ settings: { excludeForeign: true } });
    const plain = await bench.createLink();
    const from = (to: Link, groupId: number | null) =>
      ['KR', 'US', ''].map((country) => click(to, { country, groupId }));
    await ingest([...from(link, null), ...from(plain, null)]);
    expect(await counters(link)).toEqual([3, 2, 2]);
    expect(await counters(plain)).toEqual([3, 3, 3]);
    expect(await toldClicks(link)).toEqual([1, 2]);
    await ingest(from(link, group.id));
    expect(await counters(link)).toEqual([6, 5, 5]);
    await bench.transact((tx) =>
      tx.db
        .updateTable('link_group')
        .set({ settings: '{"excludeForeign":true}' })
        .where('id', '=', group.id)
        .execute(),
    );
    await ingest(from(plain, group.id));
    expect(await counters(plain)).toEqual([6, 5, 5]);
  });

  test('the webhook of the group goes before the project’s, with its own metric and frequency', async () => {
    const group = await bench.createGroup('Own', { ...OWN, webhookMetric: 'visitors', webhookFrequency: 50 });
    const link = await bench.createLink({ groupId: group.publicId });
    await ingest(clicks(link, 101, { groupId: group.id }));
    const endpoint = await endpointOf(group);
    expect((await deliveries('webhook', link)).map(({ lane, endpoint_id }) => [lane, endpoint_id])).toEqual([
      [webhookLane(endpoint.id), endpoint.id],
      [webhookLane(endpoint.id), endpoint.id],
    ]);
    expect((await told(link))[1]).toMatchObject({
      webhookType: 'GROUP',
      webhookMetric: 'P',
      webhookFrequency: 50,
      pernCnt: 100,
    });
  });

  test('a group without metric and frequency is told of every click', async () => {
    const group = await bench.createGroup('Bare', OWN);
    const link = await bench.createLink();
    await ingest(clicks(link, 3, { groupId: group.id }));
    expect((await told(link)).map(({ acesCnt, webhookType }) => [acesCnt, webhookType])).toEqual([
      [1, 'GROUP'],
      [2, 'GROUP'],
      [3, 'GROUP'],
    ]);
  });

  test('what is in force is that of the moment of ingest, and of the group the click was made in', async () => {
    const group = await bench.createGroup('Switched', OWN);
    const setGroup = (settings: object) =>
      bench.transact((tx) =>
        tx.db
          .updateTable('link_group')
          .set({ settings: JSON.stringify(settings) })
          .where('id', '=', group.id)
          .execute(),
      );
    const link = await bench.createLink({ groupId: group.publicId });
    const types = async () =>
      (await told(link)).map(({ acesCnt, webhookType }) => `${acesCnt} ${webhookType}`);
    await ingest(clicks(link, 2, { groupId: group.id }));
    // Moved out, while older clicks from the group are still in the journal.
    await bench.moveLinks([link], null);
    await ingest([...clicks(link, 1, { groupId: group.id }), ...clicks(link, 2)]);
    expect(await types()).toEqual(['1 GROUP', '2 GROUP', '3 GROUP', '4 GLOBAL']);
    await setGroup({ ...OWN, webhookEnabled: false });
    await ingest(clicks(link, 1, { groupId: group.id }));
    await setGroup({ webhookEnabled: true });
    await ingest(clicks(link, 2, { groupId: group.id }));
    await setGroup(OWN);
    await bench.deleteGroup(await bench.loadGroup(group));
    await ingest(clicks(link, 2, { groupId: group.id }));
    expect((await types()).slice(4)).toEqual(['6 GLOBAL', '8 GLOBAL', '10 GLOBAL']);
    expect((await told(link)).at(-1)).toMatchObject({ grpIdx: 0, grpNm: null });
  });

  test('nothing is told while the project has webhooks off, and nothing of it afterwards', async () => {
    const group = await bench.createGroup('On', OWN);
    const link = await bench.createLink();
    await setProject({ webhook_enabled: 0 });
    await ingest([...clicks(link, 3), ...clicks(link, 3, { groupId: group.id })]);
    expect(await told(link)).toEqual([]);
    expect(await counters(link)).toEqual([6, 6, 6]);
    await setProject({});
    await ingest(clicks(link, 2));
    expect(await toldClicks(link)).toEqual([8]);
  });

  test('a project without a URL tells only what groups want to hear', async () => {
    await setProject({ webhook_url: null });
    const group = await bench.createGroup('Alone', OWN);
    const link = await bench.createLink();
    await ingest([...clicks(link, 4), ...clicks(link, 1, { groupId: group.id })]);
    expect((await told(link)).map(({ acesCnt, webhookType }) => [acesCnt, webhookType])).toEqual([
      [5, 'GROUP'],
    ]);
  });

  test('another frequency goes on with the same counter, and no event id comes twice', async () => {
    const link = await bench.createLink();
    await ingest(clicks(link, 7));
    await setProject({ webhook_frequency: 50 });
    await ingest(clicks(link, 50));
    await setProject({ webhook_frequency: 1 });
    await ingest(clicks(link, 2));
    await setProject({ webhook_metric: null, webhook_frequency: null });
    await ingest(clicks(link, 1));
    expect(await toldClicks(link)).toEqual([2, 4, 6, 50, 58, 59, 60]);
    const ids = (await deliveries('webhook', link)).map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(7);
  });

  test('for a disabled endpoint nothing is kept, and it is counted; for a paused one it waits', async () => {
    const disabled = await bench.createGroup('Disabled', OWN);
    const paused = await bench.createGroup('Paused', OWN);
    const link = await bench.createLink();
    const [gone, waits] = [await endpointOf(disabled), await endpointOf(paused)];
    await bench.transact((tx) => endpoints().disable(tx, gone.id, 'gone', Date.now()));
    await bench.transact((tx) =>
      tx.db.updateTable('webhook_endpoint').set({ paused: 1 }).where('id', '=', waits.id).execute(),
    );
    await ingest([...clicks(link, 3, { groupId: disabled.id }), ...clicks(link, 2, { groupId: paused.id })]);
    expect(await lane(webhookLane(gone.id))).toEqual({ waiting: 0, dropped: 3, due_at: null });
    expect(await lane(webhookLane(waits.id))).toMatchObject({ waiting: 2, dropped: 0 });
    expect(await toldClicks(link)).toEqual([4, 5]);
  });

  test('a lane keeps the oldest, and what finds no room is counted', async () => {
    await setProject({ webhook_frequency: 1 });
    const link = await bench.createLink();
    const { id } = await endpointOf(null);
    await writer.transact((tx) =>
      tx.run('insert into delivery_lane (lane, channel, project_id, waiting) values ($1, $2, $3, $4)', [
        webhookLane(id),
        'webhook',
        bench.project.id,
        MOST_WAITING.webhook - 2,
      ]),
    );
    await ingest(clicks(link, 5).reverse());
    expect(await toldClicks(link)).toEqual([1, 2]);
    expect(await lane(webhookLane(id))).toMatchObject({ waiting: MOST_WAITING.webhook, dropped: 3 });
    await ingest(clicks(link, 1));
    expect(await lane(webhookLane(id))).toMatchObject({ waiting: MOST_WAITING.webhook, dropped: 4 });
  });

  test('a batch that is committed again, or fails, leaves nothing twice', async () => {
    const link = await bench.createLink();
    const batch = batchOf(clicks(link, 2));
    await store.commit(batch);
    await expect(store.commit(batch)).rejects.toThrow(PositionMoved);
    const broken = batchOf(clicks(link, 2));
    const { config, events } = writer;
    const breaking: BatchWriter = {
      config,
      events,
      close: async () => {},
      transact: (work) =>
        writer.transact(async (tx) => {
          await work(tx);
          throw new Error('broken before the commit');
        }),
    };
    await expect(new DatabaseIngestStore(breaking, PUBLIC_URL).commit(broken)).rejects.toThrow(
      'broken before',
    );
    expect(await toldClicks(link)).toEqual([2]);
    expect(await counters(link)).toEqual([2, 2, 2]);
    await store.commit(broken);
    expect(await toldClicks(link)).toEqual([2, 4]);
  });

  test('a store put back to before a batch tells it again under the same event id', async () => {
    const link = await bench.createLink();
    const all = clicks(link, 2);
    await store.commit(batchOf(all));
    const [first] = await deliveries('webhook', link);
    await writer.transact(async (tx) => {
      for (const table of ['click', 'delivery', 'link_counter'])
        await tx.run(`delete from ${table} where link_id = $1`, [link.id]);
      await tx.run('delete from delivery_lane', []);
    });
    await store.commit(batchOf(all));
    const [again] = await deliveries('webhook', link);
    expect(again?.event_id).toBe(first?.event_id);
    expect(again?.body).toBe(first?.body);
  });

  test('mails follow the link’s own threshold, the group’s before it, the project’s at last', async () => {
    await setProject({ notify_every: 4 });
    const group = await bench.createGroup('Mail', { notifyByMail: true, notifyEvery: 3 });
    const off = await bench.createGroup('Silent', { notifyByMail: false });
    const link = await bench.createLink({ title: 'Sale', settings: { notifyByMail: true } });
    const own = await bench.createLink({ settings: { notifyByMail: true, notifyEvery: 5 } });
    await ingest([...clicks(link, 4), ...clicks(own, 5)]);
    await ingest([...clicks(link, 4, { groupId: off.id }), ...clicks(link, 1, { groupId: group.id })]);
    const rows = await deliveries('mail', link);
    const notices: ThresholdNotice[] = rows.map(({ body }) => JSON.parse(body));
    expect(notices).toEqual([
      {
        version: 1,
        linkId: link.publicId,
        shortUrl: `https://localhost:8080/${link.code}`,
        title: 'Sale',
        groupName: null,
        clicks: 4,
        visitors: 4,
        every: 4,
        at: expect.any(Number),
      },
      expect.objectContaining({ groupName: 'Mail', clicks: 9, every: 3 }),
    ]);
    expect(rows[0]).toMatchObject({
      event_id: eventIdOf('clicks-mail', link.publicId, 4),
      lane: mailLane(bench.project.id, link.id),
      endpoint_id: null,
    });
    expect((await deliveries('mail', own)).map(({ body }) => JSON.parse(body).clicks)).toEqual([5]);
  });

  test('notifications go to every browser of the project’s people, and are kept where there is none', async () => {
    const link = await bench.createLink({ settings: { notifyByPush: true, notifyEvery: 1 } });
    await ingest(clicks(link, 1));
    const subscribe = (publicId: string, projectId: number, audience: string) =>
      writer.transact((tx) =>
        tx.run(
          `insert into push_subscription (public_id, project_id, audience, endpoint, endpoint_hash, p256dh, auth, created_at)
           values ($1, $2, $3, 'https://push.example/', $1, 'x', 'x', 1)`,
          [publicId, projectId, audience],
        ),
      );
    await subscribe('sub_1', bench.project.id, 'people');
    await subscribe('sub_2', bench.project.id, 'people');
    await subscribe('sub_3', bench.project.id, 'visitors');
    await subscribe('sub_4', bench.project.id + 1, 'people');
    await ingest(clicks(link, 1));
    const rows = await deliveries('push', link);
    const [unheard, first, second, ...others] = rows;
    expect(others).toEqual([]);
    expect(unheard).toMatchObject({ subscription_id: null, project_id: bench.project.id, state: 0 });
    expect(unheard?.lane).toContain(String(bench.project.id));
    for (const [row, publicId] of [
      [first, 'sub_1'],
      [second, 'sub_2'],
    ] as const) {
      expect(row?.event_id).toBe(eventIdOf('clicks-push', link.publicId, publicId, 2));
      expect(row?.lane).toBe(alertLane(row?.subscription_id as number));
      expect(JSON.parse(row?.body ?? '')).toMatchObject({ clicks: 2, every: 1 });
    }
    expect(new Set(rows.map(({ lane }) => lane)).size).toBe(3);
  });

  test('of a deleted link the clicks before its end are told; of one that nobody knows any more none', async () => {
    await setProject({ webhook_frequency: 1 });
    const link = await bench.createLink();
    await bench.deleteLink(link);
    await ingest(clicks(link, 1));
    expect(await told(link)).toEqual([expect.objectContaining({ linkId: link.code, acesCnt: 1 })]);
    const unknown = { ...link, id: 9_000_001 };
    await ingest(clicks(unknown, 2));
    expect(await counters(unknown)).toEqual([2, 2, 2]);
    expect(await told(unknown)).toEqual([]);
  });

  test('of two projects each has its own webhook and home', async () => {
    const other = await bench.createProject(`other ${engine.name}`);
    await bench.transact((tx) => endpoints().ensure(tx, other, null));
    await setProject({ webhook_frequency: 1 });
    const abroad = { settings: { excludeForeign: true } };
    const here = await bench.createLink(abroad);
    const there = await bench.createLink(abroad, other);
    await ingest(
      [here, there].flatMap((link) => ['KR', 'DE', 'DE'].map((country) => click(link, { country }))),
    );
    expect((await told(here)).map(({ compIdx }) => compIdx)).toEqual([bench.project.id]);
    expect((await told(there)).map(({ compIdx }) => compIdx)).toEqual([other, other]);
  });

  test('counting anew, first statistics and forgetting raw clicks leave the counters as they are', async () => {
    const link = await bench.createLink();
    await ingest(clicks(link, 3, { at: NOON - 400 * 86_400_000 }));
    await writer.transact((tx) =>
      tx.run('update link_counter set threshold_clicks = 77, threshold_visitors = 55 where link_id = $1', [
        link.id,
      ]),
    );
    await makeFirstStatistics(writer);
    await writer.transact((tx) => tx.run('update link_tally set clicks = 99 where link_id = $1', [link.id]));
    expect((await rebuildStatistics(writer, { dryRun: false })).rewritten).toBe(true);
    const retention = new Retention(writer, 1);
    while (await retention.runOnce(NOON));
    expect((await counters(link))?.slice(1)).toEqual([77, 55]);
    expect(await deliveries('webhook', link)).toHaveLength(1);
  });
});
