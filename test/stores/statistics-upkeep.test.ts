import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsOf } from '../../src/clicks/blocks/block.ts';
import { loadBlocks } from '../../src/clicks/blocks/block-store.ts';
import { OTHER_VALUE, QUARTER_MS } from '../../src/clicks/blocks/fact.ts';
import { ClickFlag } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { Dictionary } from '../../src/clicks/ingest/dictionary.ts';
import type { EnrichedClick } from '../../src/clicks/ingest/enrich.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { makeFirstStatistics } from '../../src/clicks/upkeep/first-statistics.ts';
import { rebuildStatistics } from '../../src/clicks/upkeep/rebuild.ts';
import { Retention } from '../../src/clicks/upkeep/retention.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 5, 15);

let made = 0;

function click(changes: Partial<EnrichedClick> = {}): EnrichedClick {
  made += 1;
  return {
    id: made.toString(16).padStart(32, '0'),
    kind: 1,
    at: TODAY + made * 1_000,
    linkId: 1,
    groupId: null,
    domainId: 1,
    routeId: 1,
    flags: 0,
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
    language: 'ko-KR,ko;q=0.9',
    visitor: (made % 7).toString(16).padStart(16, 'a'),
    referrerHost: '',
    utm: null,
    country: made % 3 === 0 ? 'US' : 'KR',
    region: '',
    city: '',
    device: 'mobile',
    os: 'iOS',
    browser: 'Safari',
    languageTag: 'ko',
    ...changes,
  };
}

describe.each(ENGINES)('upkeep of statistics on $name', (engine) => {
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

  async function ingest(
    clicks: readonly EnrichedClick[],
    store = new DatabaseIngestStore(writer, 'http://localhost:8080'),
  ): Promise<void> {
    made += 1;
    await store.commit({
      fromOffset: 0,
      to: { uuid: `segment-${made}`, sequence: 1, offset: 64, records: clicks.length, finishedAt: null },
      clicks,
      counts: countersOf(clicks),
    });
    while (await store.tidy());
  }

  const change = (statement: string) => writer.transact((tx) => tx.run(statement, []));
  const facts = async () => factsOf(await loadBlocks(writer.events, 'project_id = $1', [bench.project.id]));
  const tallies = () => writer.events.all('select * from link_tally order by link_id, country', []);

  test('nothing differs after many batches, and a dry run changes nothing', async () => {
    for (let batch = 0; batch < 40; batch += 1) {
      await ingest(Array.from({ length: 1 + (batch % 5) * 4 }, () => click({ linkId: 1 + (made % 4) })));
    }
    const before = await facts();
    const progress: string[] = [];
    const report = await rebuildStatistics(writer, {
      dryRun: false,
      onProgress: ({ step }) => progress.push(step),
    });
    expect(report).toMatchObject({ factDifferences: [], tallyDifferences: [], rewritten: false });
    expect(report.rawClicks).toBe(before.link.length);
    expect(new Set(progress)).toEqual(new Set(['blocks', 'raw clicks']));
    expect(await facts()).toEqual(before);
  });

  test('what was damaged is named, and is whole again after the rebuild', async () => {
    const talliesBefore = await tallies();
    const whole = await rebuildStatistics(writer, { dryRun: true });
    await change('delete from click_block_column where block_id = (select min(id) from click_block)');
    await change('delete from click_block where id = (select min(id) from click_block)');
    await change(
      "update link_tally set clicks = clicks + 5, visitors = 0 where link_id = 2 and country = 'KR'",
    );
    await change('delete from link_tally where link_id = 3');
    const seen = await rebuildStatistics(writer, { dryRun: true });
    expect(seen.factDifferences.length).toBeGreaterThan(0);
    expect(seen.rewritten).toBe(false);
    const mended = await rebuildStatistics(writer, { dryRun: false });
    expect(mended.factDifferences).toEqual(seen.factDifferences);
    for (const { raw, statistics } of mended.factDifferences) expect(raw).toBeGreaterThan(statistics);
    expect(mended.rewritten).toBe(true);
    expect(await tallies()).toEqual(talliesBefore);
    expect((await facts()).link.length).toBe(whole.rawClicks);
    expect(await rebuildStatistics(writer, { dryRun: false })).toMatchObject({
      factDifferences: [],
      tallyDifferences: [],
      rewritten: false,
    });
  });

  test('one wrong value in one fact is found', async () => {
    const [column] = await writer.events.all<{ block_id: number; data: Uint8Array }>(
      `select block_id, data from click_block_column where name = 'device' order by block_id limit 1`,
      [],
    );
    const bytes = Uint8Array.from(column?.data ?? []);
    bytes[8] = (bytes[8] as number) ^ 1; // the lowest bit of the first word of the dictionary
    await writer.transact(async (tx) => {
      await tx.run(`delete from click_block_column where block_id = $1 and name = 'device'`, [
        column?.block_id ?? 0,
      ]);
      await tx.insertMany({
        table: 'click_block_column',
        columns: { block_id: 'bigint', name: 'text', data: 'bytea' },
        rows: [[column?.block_id ?? 0, 'device', bytes]],
      });
    });
    const report = await rebuildStatistics(writer, { dryRun: false });
    expect(report.factDifferences.length).toBeGreaterThan(0);
    for (const { raw, statistics } of report.factDifferences) expect(raw).toBe(statistics);
    expect((await rebuildStatistics(writer, { dryRun: true })).factDifferences).toEqual([]);
  });

  test('raw clicks go after their days, totals stay, and nothing differs', async () => {
    const old = TODAY - 40 * DAY_MS;
    await ingest(Array.from({ length: 30 }, () => click({ linkId: 50, at: old + made * 1_000 })));
    await ingest(Array.from({ length: 20 }, () => click({ linkId: 50 })));
    // Late ones, behind thousands of newer rows.
    await ingest(Array.from({ length: 6_000 }, () => click({ linkId: 51 })));
    await ingest([click({ linkId: 50, at: old + 1_000_000, visitor: '00000000000000ee' })]);
    const talliesBefore = await tallies();
    const before = await facts();
    const retention = new Retention(writer, 30);
    while (await retention.runOnce(TODAY + DAY_MS));

    const cut = (TODAY + DAY_MS - 30 * DAY_MS) / QUARTER_MS;
    const [left] = await writer.events.all<{ n: number; oldest: number }>(
      'select count(*) as n, min(at) as oldest from click',
      [],
    );
    expect(left?.oldest).toBeGreaterThanOrEqual(cut * QUARTER_MS);
    expect(left?.n).toBe(before.link.length - 31);
    expect(await tallies()).toEqual(talliesBefore);
    const after = await facts();
    expect(after.link.length).toBe(before.link.length);
    for (let row = 0; row < after.link.length; row++) {
      const known = (after.visitorHigh[row] as number) + (after.visitorLow[row] as number) > 0;
      expect(known).toBe((after.quarter[row] as number) >= cut);
    }
    expect(await rebuildStatistics(writer, { dryRun: false })).toMatchObject({
      rawFrom: cut,
      factDifferences: [],
      tallyDifferences: [],
      rewritten: false,
    });
    expect(await retention.runOnce(TODAY + DAY_MS)).toBe(false);
  });

  test('a rebuild keeps the anonymous facts of days whose raw clicks are gone', async () => {
    const someBlock = `(select min(id) from click_block where from_quarter >= ${TODAY / QUARTER_MS})`;
    await change(`delete from click_block_column where block_id = ${someBlock}`);
    await change(`delete from click_block where id = ${someBlock}`);
    const before = (await facts()).link.length;
    const report = await rebuildStatistics(writer, { dryRun: false });
    expect(report.rewritten).toBe(true);
    const after = await facts();
    expect(after.link.length).toBeGreaterThan(before);
    expect([...after.quarter].filter((quarter) => quarter < report.rawFrom)).toHaveLength(31);
    expect((await rebuildStatistics(writer, { dryRun: true })).factDifferences).toEqual([]);
  });

  test('more new texts a day than are taken up become "other", and the rebuild agrees', async () => {
    const store = new DatabaseIngestStore(
      writer,
      'http://localhost:8080',
      new Dictionary({ ofProject: 9, ofLink: 5 }),
    );
    const campaigns = (from: number, at: number) =>
      Array.from({ length: 8 }, (_, n) => click({ linkId: 60, at, utm: { campaign: `c${from + n}` } }));
    await ingest(campaigns(0, TODAY), store);
    await ingest(campaigns(4, TODAY + DAY_MS), store);
    await ingest(campaigns(0, TODAY + 2 * DAY_MS), store);
    const table = await facts();
    const others = [...table.utmCampaign].filter((code) => code === OTHER_VALUE).length;
    // The first day takes up c0 to c4, the second c5 to c9 (c4 is known), the third has only to take up nothing.
    expect(others).toBe(3 + 2);
    // Another link still finds room on the first day, and only its own later clicks have the code.
    await ingest([click({ linkId: 61, at: TODAY, utm: { campaign: 'c7' } })], store);
    await ingest([click({ linkId: 61, at: TODAY, utm: { campaign: 'launch' } })], store);
    const launch = `select id from dimension_value where value = 'launch'`;
    expect(await writer.events.all(launch, [])).toHaveLength(1);
    expect((await rebuildStatistics(writer, { dryRun: true })).factDifferences).toEqual([]);
  });

  test('a text that once found no room stays "other" where it was, whatever comes in later', async () => {
    const store = new DatabaseIngestStore(
      writer,
      'http://localhost:8080',
      new Dictionary({ ofProject: 2, ofLink: 2 }),
    );
    const at = TODAY + 5 * DAY_MS;
    const referrers = (hosts: readonly string[], when: number) =>
      ingest(
        hosts.map((referrerHost) => click({ linkId: 62, at: when, referrerHost })),
        store,
      );
    await referrers(['a.example', 'b.example', 'late.example'], at);
    await referrers(['a.example'], at - DAY_MS);
    await referrers(['late.example'], at);
    await referrers(['late.example'], at - DAY_MS);
    await referrers(['late.example', '(other)'], at);
    const table = await facts();
    const referrersOf62 = [...table.referrer].filter((_, row) => table.link[row] === 62);
    expect(referrersOf62.filter((code) => code === OTHER_VALUE)).toHaveLength(3);
    expect((await rebuildStatistics(writer, { dryRun: true })).factDifferences).toEqual([]);
  });

  test('clicks from before there were statistics get them', async () => {
    const fresh = await Workbench.open(engine);
    const own = openBatchWriter(fresh.location);
    try {
      const link = await fresh.createLink();
      const early = [click({ linkId: link.id }), click({ linkId: link.id, flags: ClickFlag.crawler })];
      early.push(
        click({ linkId: link.id, visitor: early[0]?.visitor as string, at: (early[0]?.at ?? 0) + 1_000 }),
      );
      await new DatabaseIngestStore(own, 'http://localhost:8080').commit({
        fromOffset: 0,
        to: { uuid: 'early', sequence: 1, offset: 64, records: 3, finishedAt: null },
        clicks: early,
        counts: countersOf(early),
      });
      const made = await own.events.all(
        'select click_id, flags, device, os, language_tag from click order by id',
        [],
      );
      await own.transact(async (tx) => {
        for (const table of ['click_block', 'click_block_column', 'link_tally'])
          await tx.run(`delete from ${table}`, []);
        await tx.run(
          `update click set flags = flags & 31, device = '', os = '', browser = '', language_tag = ''`,
          [],
        );
      });
      expect(await makeFirstStatistics(own)).toBe(true);
      expect(
        await own.events.all('select click_id, flags, device, os, language_tag from click order by id', []),
      ).toEqual(
        made.map((row) =>
          (row as { flags: number }).flags & ClickFlag.crawler
            ? { ...(row as object), device: 'bot', os: '' }
            : row,
        ),
      );
      expect(
        await own.events.all('select clicks, repeats, visitors from link_tally where clicks > 0', []),
      ).toEqual(expect.arrayContaining([expect.objectContaining({ visitors: 1 })]));
      expect(await makeFirstStatistics(own)).toBe(false);
    } finally {
      await own.close();
      await fresh.close();
    }
  });
});
