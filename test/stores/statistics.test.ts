import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insertRun, mergeOnce } from '../../src/clicks/blocks/block-store.ts';
import { FACT_COLUMNS, type Fact, FactFlag, type FactTable, tableOf } from '../../src/clicks/blocks/fact.ts';
import type { StatisticsQuestion } from '../../src/clicks/statistics/question.ts';
import { StatisticsService } from '../../src/clicks/statistics/statistics-service.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter, openBlockReader } from '../../src/db/open.ts';
import { Failure } from '../../src/errors.ts';
import type { Link } from '../../src/links/link.ts';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 5, 14, 15); // in Seoul
const QUARTER = MIDNIGHT / 900_000;

const nothing = Object.fromEntries(FACT_COLUMNS.map((name) => [name, 0])) as Record<
  (typeof FACT_COLUMNS)[number],
  number
>;

let visitors = 0;

function fact(changes: Partial<Fact>): Fact {
  visitors += 1;
  return {
    ...nothing,
    weight: 1,
    quarter: QUARTER,
    route: 1,
    visitorHigh: visitors,
    visitorLow: 9,
    ...changes,
  };
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => expect.fail('it was expected to fail'),
    (failure: unknown) => failure,
  );
  expect(error, String(error)).toBeInstanceOf(Failure);
  return error as Failure;
}

describe.each(ENGINES)('the statistics service on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let statistics: StatisticsService;
  let country: Record<'KR' | 'US' | 'JP', number>;
  const workers: Worker[] = [];
  const noteWorker = (worker: Worker) => workers.push(worker);

  beforeAll(async () => {
    process.on('worker', noteWorker);
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    const rows = await writer.transact(async (tx) => {
      await tx.insertMany({
        table: 'dimension_value',
        columns: { project_id: 'bigint', dimension: 'text', value: 'text', day: 'bigint' },
        rows: ['KR', 'US', 'JP'].map((value) => [bench.project.id, 'country', value, 20_000]),
      });
      return await tx.all<{ id: number; value: string }>(
        `select id, value from dimension_value where dimension = 'country'`,
        [],
      );
    });
    country = Object.fromEntries(rows.map(({ id, value }) => [value, id])) as typeof country;
  });
  beforeEach(() => {
    statistics = new StatisticsService({
      database: bench.database,
      location: bench.location,
      cacheBytes: 10_000_000,
    });
    bench.database.onCommit((changes) => statistics.follow(changes));
  });
  afterEach(() => statistics.close());
  afterAll(async () => {
    process.off('worker', noteWorker);
    await writer.close();
    await bench.close();
  });

  const question = (changes: Partial<StatisticsQuestion> = {}): StatisticsQuestion => ({
    projectId: bench.project.id,
    timeZone: 'Asia/Seoul',
    homeCountry: 'KR',
    scope: { kind: 'project' },
    from: MIDNIGHT,
    to: MIDNIGHT + DAY_MS,
    ...changes,
  });
  const ofLinks = (...links: readonly Link[]): Partial<StatisticsQuestion> => ({
    scope: { kind: 'links', ids: links.map(({ id }) => id) },
  });
  const clicksOf = async (changes: Partial<StatisticsQuestion>) =>
    (await statistics.ask(question(changes))).totals.clicks;
  const put = (facts: readonly Fact[]) =>
    writer.transact((tx) => insertRun(tx, bench.project.id, tableOf(facts)));
  const setGroup = async (publicId: string, excludeForeign: boolean | null) => {
    const settings = await prepareSettings({ excludeForeign }, 'group');
    await bench.transact((tx) =>
      bench.groups.update(tx, bench.project.id, publicId, { settings }, undefined),
    );
  };

  test('a foreign switch changes past figures, of a link, a group and the project, and back', async () => {
    const group = await bench.createGroup();
    const [inside, outside] = (await bench.createLinks([{ groupId: group.publicId }, {}])) as [Link, Link];
    await put(
      [inside, outside].flatMap(({ id }) =>
        [country.KR, country.KR, country.US, country.JP, 0, 1].map((code) =>
          // They were in the group when it happened; the second has left it since.
          fact({ link: id, group: group.id, country: code }),
        ),
      ),
    );
    const figures = async () => ({
      inside: await clicksOf(ofLinks(inside)),
      outside: await clicksOf(ofLinks(outside)),
      both: await clicksOf(ofLinks(inside, outside)),
      group: await clicksOf({ scope: { kind: 'group', id: group.id } }),
      project: await clicksOf({ filters: [{ dimension: 'group', values: [String(group.id)] }] }),
    });
    const all = { inside: 6, outside: 6, both: 12, group: 12, project: 12 };
    expect(await figures()).toEqual(all);

    await setGroup(group.publicId, true);
    expect(await figures()).toEqual({ inside: 3, outside: 6, both: 9, group: 9, project: 9 });
    await bench.updateLink(outside, { settings: { excludeForeign: true } });
    expect(await figures()).toEqual({ inside: 3, outside: 3, both: 6, group: 6, project: 6 });
    // What the group says goes before what its link says.
    await bench.updateLink(inside, { settings: { excludeForeign: false } });
    expect(await figures()).toMatchObject({ inside: 3 });
    await setGroup(group.publicId, null);
    expect(await figures()).toEqual({ inside: 6, outside: 3, both: 9, group: 9, project: 9 });
    await bench.updateLink(inside, { settings: { excludeForeign: true } });
    await setGroup(group.publicId, false);
    expect(await figures()).toMatchObject({ inside: 6, group: 9 });
    // A deleted group says nothing.
    await bench.deleteGroup(group);
    expect(await figures()).toEqual({ inside: 3, outside: 3, both: 6, group: 6, project: 6 });
    await bench.updateLink(inside, { settings: { excludeForeign: null } });
    await bench.updateLink(outside, { settings: { excludeForeign: null } });
    expect(await figures()).toEqual(all);
    expect(await clicksOf({ ...ofLinks(inside), traffic: { foreign: 'only' } })).toBe(3);
    expect(await clicksOf({ ...ofLinks(inside), traffic: { foreign: 'exclude' } })).toBe(3);
    expect(await clicksOf({ ...ofLinks(inside), homeCountry: 'JP', traffic: { foreign: 'exclude' } })).toBe(
      2,
    );
  });

  test('a link that moves into a group and out again follows it at once', async () => {
    const group = await bench.createGroup('Domestic', { excludeForeign: true });
    const link = await bench.createLink();
    await put([country.KR, country.US].map((code) => fact({ link: link.id, country: code })));
    const ofProject = () => clicksOf({ filters: [{ dimension: 'link', values: [String(link.id)] }] });
    expect(await ofProject()).toBe(2);
    await bench.moveLinks([link], group);
    expect(await ofProject()).toBe(1);
    await bench.moveLinks([link], null);
    expect(await ofProject()).toBe(2);
    // Whoever asks while another looks up what has changed waits for it.
    await bench.moveLinks([link], group);
    expect(await Promise.all([ofProject(), ofProject(), ofProject()])).toEqual([1, 1, 1]);
  });

  test('a snapshot is of one moment, whatever ingest merges meanwhile', async () => {
    const projectId = bench.project.id + 500;
    for (let batch = 0; batch < 16; batch++)
      await writer.transact((tx) => insertRun(tx, projectId, tableOf([fact({ link: 1, country: batch })])));
    const reader = openBlockReader(bench.location, 1);
    await reader.snapshot(async (snapshot) => {
      const blocks = () =>
        snapshot.all<{ id: number }>('select id from click_block where project_id = $1 order by id', [
          projectId,
        ]);
      const before = await blocks();
      await writer.transact(async (tx) => expect(await mergeOnce(tx, projectId)).toBe(16));
      expect(await blocks()).toEqual(before);
      const columns = await snapshot.columns(
        before.flatMap(({ id }) => ['visitorHigh', 'weight'].map((name) => ({ blockId: id, name }))),
      );
      for (const [index, column] of columns.entries()) {
        if (index % 2) expect(column, 'a column that is left out').toBeUndefined();
        else expect(column?.byteLength).toBe(12);
      }
    });
    const merged = await reader.snapshot((snapshot) =>
      snapshot.all('select id from click_block where project_id = $1', [projectId]),
    );
    expect(merged).toHaveLength(1);
    await reader.close();
  });

  test('bytes of a column arrive as they are', async () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, at) => (at * 151) >> 3);
    await writer.transact((tx) =>
      tx.insertMany({
        table: 'click_block_column',
        columns: { block_id: 'bigint', name: 'text', data: 'bytea' },
        rows: [
          [900_000_000_001, 'link', bytes],
          [900_000_000_001, 'group', new Uint8Array(0)],
        ],
      }),
    );
    const reader = openBlockReader(bench.location, 1);
    const names = ['group', 'nothing', 'link', 'link'];
    const read = await reader.snapshot((snapshot) =>
      snapshot.columns(names.map((name) => ({ blockId: 900_000_000_001, name }))),
    );
    await reader.close();
    expect(read.map((column) => column && Buffer.compare(column, bytes))).toEqual([
      Buffer.compare(new Uint8Array(0), bytes),
      undefined,
      0,
      0,
    ]);
    expect(read[2]?.byteOffset).toBe(0);
  });

  test('a thread that dies takes its questions along and nothing else; the next question has a new one', async () => {
    const link = await bench.createLink();
    await put([fact({ link: link.id })]);
    expect(await clicksOf(ofLinks(link))).toBe(1);
    const before = workers.length;
    const asked = statistics.ask(question(ofLinks(link))).then(
      () => 'answered',
      (error: unknown) => (error as Failure).code,
    );
    await workers.at(-1)?.terminate();
    // It may have come after the thread had gone, and so have got the next one.
    expect(['unavailable', 'answered']).toContain(await asked);
    expect(await clicksOf(ofLinks(link))).toBe(1);
    expect(workers.length).toBe(before + 1);
  });

  test('a defect is told as one, and the next question is answered', async () => {
    const projectId = bench.project.id + 600;
    await writer.transact((tx) => insertRun(tx, projectId, tableOf([fact({ link: 1 })])));
    await writer.transact((tx) =>
      tx.run(
        `update click_block_column set data = $1
          where name = 'visitorHigh' and block_id in (select id from click_block where project_id = $2)`,
        [new Uint8Array(5), projectId],
      ),
    );
    const broken = statistics.ask(question({ projectId, visitors: true }));
    await expect(broken).rejects.toThrow('5 bytes are no column of 1 rows');
    await expect(broken).rejects.not.toBeInstanceOf(Failure);
    expect((await statistics.ask(question({ projectId }))).totals.clicks).toBe(1);
  });

  test('what takes too long is given up, in words', async () => {
    const impatient = new StatisticsService({
      database: bench.database,
      location: bench.location,
      cacheBytes: 0,
      timeoutMs: -1,
    });
    const { code, message } = await failureOf(impatient.ask(question()));
    expect([code, message]).toEqual(['unavailable', expect.stringContaining('took too long')]);
    await impatient.close();
    expect((await failureOf(impatient.ask(question()))).code).toBe('unavailable');
  });

  test('a series without end is refused, and no time at all has no clicks', async () => {
    const endless = question({ from: 0, to: Date.UTC(9999, 0, 1), interval: 'hour' });
    expect((await failureOf(statistics.ask(endless))).code).toBe('invalid');
    const empty = await statistics.ask(question({ to: MIDNIGHT, interval: 'day', visitors: true }));
    expect(empty).toMatchObject({
      series: [],
      totals: { clicks: 0, visitors: 0 },
      from: MIDNIGHT,
      to: MIDNIGHT,
    });
    const before1970 = await statistics.ask(question({ from: 0, to: DAY_MS, interval: 'day' }));
    expect(before1970.series.map(({ clicks }) => clicks)).toEqual([0, 0]);
  });

  test('of a busy link days are exact, also where visitors are estimated', async () => {
    const link = await bench.createLink();
    const rows = 300_000;
    const table = Object.fromEntries(FACT_COLUMNS.map((name) => [name, new Uint32Array(rows)])) as FactTable;
    const known = new Set<string>();
    const daily = [0, 0, 0];
    table.weight.fill(1);
    table.link.fill(link.id);
    for (let row = 0; row < rows; row++) {
      const day = Math.floor(row / 100_000);
      const visitor = (Math.imul(row, 48_271) >>> 4) % 50_000;
      table.quarter[row] = QUARTER + day * 96 + (row % 96);
      table.visitorHigh[row] = visitor + 1;
      table.visitorLow[row] = Math.imul(visitor + 1, 0x9e3779b1) >>> 0;
      if (known.has(`${day} ${visitor}`)) continue;
      known.add(`${day} ${visitor}`);
      daily[day] = (daily[day] as number) + 1;
      table.flags[row] = FactFlag.newToday | FactFlag.newThisHour;
    }
    await writer.transact((tx) => insertRun(tx, bench.project.id, table));
    const { series, totals, visitorsExact } = await statistics.ask(
      question({ ...ofLinks(link), to: MIDNIGHT + 3 * DAY_MS, interval: 'day', visitors: true }),
    );
    expect(visitorsExact).toBe(false);
    expect(series.map((point) => point.visitors)).toEqual(daily);
    expect(Math.abs(totals.visitors / 50_000 - 1)).toBeLessThan(0.03);
    // A day that is cut has visitors whose flag lies outside.
    const cut = await statistics.ask(
      question({
        ...ofLinks(link),
        from: MIDNIGHT + DAY_MS / 2,
        to: MIDNIGHT + 3 * DAY_MS,
        interval: 'day',
        visitors: true,
        traffic: { automated: 'include' },
      }),
    );
    expect(cut.visitorsExact).toBe(true);
    expect(cut.series[0]?.visitors).toBeGreaterThan(cut.series[0]?.dailyVisitors as number);
  });

  test('an estimate is never more than those who were new on a day, unless the day is cut', async () => {
    const link = await bench.createLink();
    const people = 100_000;
    const rows = 4 * people;
    const table = Object.fromEntries(FACT_COLUMNS.map((name) => [name, new Uint32Array(rows)])) as FactTable;
    table.weight.fill(1);
    table.link.fill(link.id);
    for (let row = 0; row < rows; row++) {
      const isFirst = row < people;
      table.quarter[row] = QUARTER + (isFirst ? 0 : 60);
      table.flags[row] = isFirst ? FactFlag.newToday | FactFlag.newThisHour : 0;
      table.visitorHigh[row] = (row % people) + 1;
      // All of them are in the sample, in which each stands for two.
      table.visitorLow[row] = 8;
    }
    await writer.transact((tx) => insertRun(tx, bench.project.id, table));
    const asked = question({
      ...ofLinks(link),
      interval: 'week',
      visitors: true,
      breakdowns: (['link', 'weekday', 'browser'] as const).map((dimension) => ({ dimension, limit: 9 })),
    });
    const whole = await statistics.ask(asked);
    expect(whole.visitorsExact).toBe(false);
    expect(whole.totals).toMatchObject({ visitors: people, dailyVisitors: people });
    expect(whole.breakdowns.map(({ values }) => values[0]?.visitors)).toEqual([people, people, 2 * people]);
    expect(whole.series.map(({ visitors }) => visitors)).toEqual([people]);
    const filtered = await statistics.ask({ ...asked, traffic: { automated: 'exclude' } });
    expect(filtered.totals.visitors).toBe(2 * people);
    for (const interval of ['hour', 'day'] as const) {
      const from = asked.from + 8 * 3_600_000 + 900_000;
      const { totals, series } = await statistics.ask({ ...asked, interval, from });
      expect(totals).toMatchObject({ visitors: 2 * people, dailyVisitors: 0 });
      if (interval === 'day') expect(series.map(({ visitors }) => visitors)).toEqual([2 * people]);
    }
  });

  test('who leaves ends his question, and the next one is counted', async () => {
    const link = await bench.createLink();
    await put([fact({ link: link.id })]);
    const leaving = new AbortController();
    const asker = { owner: 'somebody', signal: leaving.signal };
    const asked = [1, 2, 3].map(() => failureOf(statistics.ask(question(ofLinks(link)), asker)));
    leaving.abort();
    for (const failure of asked) expect((await failure).code).toBe('abandoned');
    const answer = await statistics.ask(question(ofLinks(link)), { owner: 'somebody' });
    expect(answer.totals.clicks).toBe(1);
  });

  test('a stop ends what has begun and what waits', async () => {
    const asked = [1, 2, 3].map(() => failureOf(statistics.ask(question(), { owner: 'somebody' })));
    statistics.stop();
    for (const failure of asked) expect((await failure).code).toBe('unavailable');
    expect((await failureOf(statistics.ask(question()))).code).toBe('unavailable');
  });
});

describe.runIf(runs(POSTGRES))('statistics while the database is away', () => {
  test('say that they are not available, and are back when it is', async () => {
    const bench = await Workbench.open(POSTGRES);
    const { database } = bench.location;
    if (database.engine !== 'postgres') throw new Error('not PostgreSQL');
    const proxy = await TcpProxy.open(database.url);
    const statistics = new StatisticsService({
      database: bench.database,
      location: { ...bench.location, database: { ...database, url: proxy.through(database.url) } },
      cacheBytes: 1_000_000,
    });
    const ask = () =>
      statistics.ask({
        projectId: bench.project.id,
        timeZone: 'UTC',
        homeCountry: 'KR',
        scope: { kind: 'project' },
        from: MIDNIGHT,
        to: MIDNIGHT + DAY_MS,
      });
    await ask();
    await proxy.drop();
    const { code, message } = await failureOf(ask());
    expect([code, message]).toEqual(['unavailable', expect.stringContaining('try again')]);
    await proxy.pass();
    await until(
      () =>
        ask().then(
          () => true,
          () => false,
        ),
      'statistics are back',
    );
    await statistics.close();
    await proxy.close();
    await bench.close();
  });
});
