import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstRow, lastRow } from '../../src/clicks/click-rows.ts';
import { type RawClick, type RawClickQuery, readRawClicks } from '../../src/clicks/raw-clicks.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { Link } from '../../src/links/link.ts';
import { type ClickColumns, clickRow, insertClickRows } from '../support/click-rows.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const START = Date.UTC(2026, 0, 1);
/** Crawler 2, uncounted 16, repeat 32, new 64 to 256. */
const FLAGS = [0, 0, 0, 1, 2, 4, 16, 33, 448];

function everything(projectId: number, changes: Partial<RawClickQuery> = {}): RawClickQuery {
  return { projectId, from: 0, to: Number.MAX_SAFE_INTEGER, crawlers: 'include', after: 0, ...changes };
}

describe.each(ENGINES)('raw clicks on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let link: Link;
  let rows: ClickColumns[];
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    link = await bench.createLink();
    const stranger = await bench.createProject();
    // 1 has nearly all clicks, 3 few; late ones are among them.
    rows = Array.from({ length: 6_000 }, (_, index) =>
      clickRow({
        at: START + index * 1_000 - (index % 11 === 0 ? 3_600_000 : 0),
        link_id: index % 40 === 0 ? 3 : index % 5 === 0 ? 2 : link.id,
        group_id: index % 6 === 0 ? 8 : null,
        flags: FLAGS[index % FLAGS.length] as number,
        kind: index % 97 === 0 ? 2 : 1,
        project_id: index % 13 === 0 ? stranger : bench.project.id,
        utm: index % 3 === 0 ? '{"source":"mail","term":"a, \\"b\\""}' : null,
      }),
    );
    await insertClickRows(writer, rows);
    await writer.transact(async (tx) => {
      for (const [id, clicks] of [
        [link.id, 7_000],
        [2, 1_000],
        [3, 10],
      ] as const) {
        await tx.run(
          'insert into link_counter (link_id, clicks, slots_taken, clicks_unslotted) values ($1, $2, 0, 0)',
          [id, clicks],
        );
      }
    });
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  async function read(query: RawClickQuery): Promise<RawClick[]> {
    const all: RawClick[] = [];
    for await (const page of readRawClicks(bench.database.read, query)) all.push(...page);
    return all;
  }

  function wanted({ projectId, linkId, groupId, from, to, crawlers }: RawClickQuery): unknown[] {
    return rows
      .filter((row) => row.project_id === projectId && row.kind === 1 && (Number(row.flags) & 16) === 0)
      .filter((row) => Number(row.at) >= from && Number(row.at) < to)
      .filter((row) => linkId === undefined || row.link_id === linkId)
      .filter((row) => groupId === undefined || row.group_id === groupId)
      .filter((row) => crawlers === 'include' || ((Number(row.flags) & 2) !== 0) === (crawlers === 'only'))
      .map((row) => row.click_id);
  }

  test('come in the order of their rows, whatever is asked for, and go on after any of them', async () => {
    const moment = fc.integer({ min: -4_000, max: 7_000 }).map((second) => START + second * 1_000);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          linkId: fc.constantFrom(undefined, link.id, 2, 3, 99),
          groupId: fc.constantFrom(undefined, undefined, 8, 9),
          crawlers: fc.constantFrom('include', 'exclude', 'only'),
          from: fc.oneof(fc.constant(0), moment),
          to: fc.oneof(fc.constant(Number.MAX_SAFE_INTEGER), moment),
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (filter, part) => {
          const query = everything(bench.project.id, filter);
          const all = await read(query);
          expect(all.map(({ clickId }) => clickId)).toEqual(wanted(query));
          const cut = Math.floor(part * all.length);
          const rest = await read({ ...query, after: all[cut - 1]?.row ?? 0 });
          expect(rest).toEqual(all.slice(cut));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('know what link and group are called, and every text as it is stored', async () => {
    const [first] = await read(everything(bench.project.id, { linkId: link.id }));
    expect(first).toMatchObject({
      link: link.publicId,
      code: link.code,
      group: null,
      country: 'KR',
      city: 'Seoul',
      language: 'ko',
      referrer: 'news.example',
    });
    const [withUtm] = (await read(everything(bench.project.id))).filter(({ utm }) => utm !== null);
    expect(withUtm?.utm).toEqual({ source: 'mail', term: 'a, "b"' });
    // A link the configuration does not know is no reason to leave its clicks out.
    const [orphan] = await read(everything(bench.project.id, { linkId: 3 }));
    expect(orphan).toMatchObject({ link: null, code: null });
  });

  test('are read a page at a time, and no further than somebody asks', async () => {
    const pages = readRawClicks(bench.database.read, everything(bench.project.id));
    const first = await pages.next();
    expect(first.value?.length).toBeGreaterThan(0);
    expect(first.value?.length).toBeLessThanOrEqual(250);
    await pages.return(undefined);
    expect(await pages.next()).toEqual({ done: true, value: undefined });
  });

  test('begin where old rows have been deleted', async () => {
    const half = Math.floor((await lastRow(bench.database.read)) / 2);
    const before = await read(everything(bench.project.id));
    await writer.transact((tx) => tx.run('delete from click where id <= $1', [half]));
    expect(await firstRow(bench.database.read)).toBe(half + 1);
    expect(await read(everything(bench.project.id))).toEqual(before.filter(({ row }) => row > half));
    await writer.transact((tx) => tx.run('delete from click', []));
    expect(await read(everything(bench.project.id))).toEqual([]);
    expect(await lastRow(bench.database.read)).toBe(0);
  });
});

describe.runIf(runs(POSTGRES))('raw clicks while two processes ingest', () => {
  let bench: Workbench;
  let writers: BatchWriter[];
  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
    writers = [openBatchWriter(bench.location), openBatchWriter(bench.location)];
  });
  afterAll(async () => {
    for (const writer of writers) await writer.close();
    await bench.close();
  });

  test('no click becomes visible after one with a greater number', async () => {
    const [slow, quick] = writers as [BatchWriter, BatchWriter];
    const seen = async () => {
      const found: number[] = [];
      for await (const page of readRawClicks(bench.database.read, everything(1)))
        found.push(...page.map(({ at }) => at));
      return found;
    };
    let finish = () => {};
    const mayFinish = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let inserted = false;
    const slowly = slow.transact(async (tx) => {
      await tx.takeTurnIn('ingest');
      await tx.run(
        `insert into click (click_id, kind, at, link_id, domain_id, route_id, flags, visitor, user_agent, language, referrer_host)
         values ('a', 1, 1, 1, 1, 1, 0, '', '', '', '')`,
        [],
      );
      inserted = true;
      await mayFinish;
    });
    await until(() => inserted, 'the slow one has its number');
    const quickly = insertClickRows(quick, [clickRow({ at: 2 })]);
    const waits = async () => {
      const rows = await quick.events.all<{ n: number }>(
        "select count(*) as n from pg_locks where locktype = 'advisory' and not granted",
        [],
      );
      return (rows[0]?.n ?? 0) > 0;
    };
    await until(waits, 'the quick one waits for its turn');
    expect(await seen()).toEqual([]);
    finish();
    await Promise.all([slowly, quickly]);
    expect(await seen()).toEqual([1, 2]);
  });
});
