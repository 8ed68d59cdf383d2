import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertRun } from '../../src/clicks/blocks/block-store.ts';
import {
  type Fact,
  FactFlag,
  OTHER_TEXT,
  TAKEN_BACK,
  TEXT_DIMENSIONS,
  tableOf,
} from '../../src/clicks/blocks/fact.ts';
import { DIMENSIONS, type Dimension, type StatisticsQuestion } from '../../src/clicks/statistics/question.ts';
import { StatisticsEngine } from '../../src/clicks/statistics/statistics-engine.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import type { BlockReader } from '../../src/db/block-reader.ts';
import { openBatchWriter, openBlockReader } from '../../src/db/open.ts';
import { countNaively, type NaiveClick } from '../support/counted-naively.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const ZONES = ['Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Seoul'];
/** Around a change of the clocks in New York and another at Lord Howe Island: the first days of April and November 2025. */
const AROUND = [Date.UTC(2025, 3, 5) / 900_000, Date.UTC(2025, 10, 1) / 900_000];
/** Texts of every dimension. What the dictionary calls "other" somebody may have written, too. */
const TEXTS = ['', 'KR', 'US', OTHER_TEXT];
const LINKS = [3, 4, 5, 70_000, 5_000_000];

/** First quarter and how many. */
const EVERYTHING: [number, number] = [(AROUND[0] as number) - 50, 96 * 225];

const quarter = fc.tuple(fc.constantFrom(...AROUND), fc.nat(96 * 9)).map(([around, after]) => around + after);
const flags = fc.oneof(
  fc.constantFrom(FactFlag.crawler, FactFlag.crawler | FactFlag.qr | FactFlag.automated),
  fc.nat(127).map((any) => any & ~FactFlag.crawler),
);
const click: fc.Arbitrary<NaiveClick> = fc.record({
  quarter,
  link: fc.constantFrom(...LINKS),
  group: fc.constantFrom(0, 1, 2),
  route: fc.constantFrom(1, 9),
  flags,
  visitor: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('1 1', '2 1', '1 2', '0 7', '7 0') },
    { weight: 1, arbitrary: fc.constant('') },
  ),
  texts: fc.record(
    Object.fromEntries(TEXT_DIMENSIONS.map((name) => [name, fc.constantFrom(...TEXTS)])) as Record<
      (typeof TEXT_DIMENSIONS)[number],
      fc.Arbitrary<string>
    >,
  ),
});

/** A click, and what else of it came and was taken back, each in one of several runs of blocks. */
const told = fc.record({
  click,
  run: fc.nat(5),
  before: fc.option(fc.record({ flags, runs: fc.tuple(fc.nat(5), fc.nat(5)) }), { freq: 5 }),
});

const valuesOf: Partial<Record<Dimension, readonly string[]>> = {
  qr: ['yes', 'no'],
  client: ['person', 'automated', 'crawler'],
  link: LINKS.map(String),
  group: ['0', '1', '2', '3'],
  route: ['1', '9'],
  hourOfDay: ['0', '1', '2', '3', '13', '14', '15', '23'],
  weekday: ['1', '5', '6', '7'],
};
const dimension = fc.constantFrom(...DIMENSIONS);
const filter = dimension.chain((name) =>
  fc.record(
    {
      dimension: fc.constant(name),
      values: fc.uniqueArray(fc.constantFrom(...(valuesOf[name] ?? [...TEXTS, 'never written'])), {
        minLength: 1,
      }),
      exclude: fc.boolean(),
    },
    { requiredKeys: ['dimension', 'values'] },
  ),
);
const inclusion = fc.constantFrom('include' as const, 'exclude' as const, 'only' as const);
const question: fc.Arbitrary<Omit<StatisticsQuestion, 'projectId'>> = fc
  .record(
    {
      timeZone: fc.constantFrom(...ZONES),
      homeCountry: fc.constantFrom('KR', 'US', 'DE'),
      scope: fc.oneof(
        fc.constant({ kind: 'project' as const }),
        fc.record({ kind: fc.constant('group' as const), id: fc.constantFrom(1, 2, 3) }),
        fc.record({
          kind: fc.constant('links' as const),
          ids: fc.uniqueArray(fc.constantFrom(...LINKS, 6), { minLength: 1 }),
        }),
      ),
      at: fc.oneof(fc.tuple(quarter, fc.integer({ min: 1, max: 96 * 12 })), fc.constant(EVERYTHING)),
      filters: fc.oneof(fc.constant([]), fc.array(filter, { maxLength: 3 })),
      traffic: fc.record(
        {
          crawlers: inclusion,
          automated: inclusion,
          repeats: inclusion,
          foreign: fc.oneof(inclusion, fc.constant('effective' as const)),
        },
        { requiredKeys: [] },
      ),
      interval: fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const),
      breakdowns: fc.array(fc.record({ dimension, limit: fc.integer({ min: 1, max: 6 }) }), { maxLength: 3 }),
      visitors: fc.boolean(),
    },
    { requiredKeys: ['timeZone', 'homeCountry', 'scope', 'at'] },
  )
  .map(({ at: [from, length], ...rest }) => ({
    ...rest,
    from: from * 900_000 + 1,
    // Counted naively, two thousand hours take their time.
    to: (from + (rest.interval === 'hour' ? Math.min(length, 96 * 12) : length)) * 900_000 - 1,
  }));

describe.each(ENGINES)('statistics on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let reader: BlockReader;
  let statistics: StatisticsEngine;
  let projectId = 1_000;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    reader = openBlockReader(bench.location, 2);
    // Small enough to be full all the time.
    statistics = new StatisticsEngine({ reader, cacheBytes: 60_000, timeoutMs: 60_000 });
  });
  afterAll(async () => {
    await reader.close();
    await writer.close();
    await bench.close();
  });

  /** Codes of all texts, as ingest would give them. */
  async function writeTexts(): Promise<Map<string, number>> {
    const rows = await writer.transact(async (tx) => {
      await tx.insertMany({
        table: 'dimension_value',
        columns: { project_id: 'bigint', dimension: 'text', value: 'text', day: 'bigint' },
        rows: TEXT_DIMENSIONS.flatMap((name) =>
          TEXTS.filter((text) => text !== '').map((text) => [projectId, name, text, 20_000]),
        ),
      });
      return await tx.all<{ id: number; dimension: string; value: string }>(
        'select id, dimension, value from dimension_value where project_id = $1',
        [projectId],
      );
    });
    return new Map(rows.map(({ id, dimension, value }) => [`${dimension} ${value}`, id]));
  }

  function factOf(click: NaiveClick, codes: ReadonlyMap<string, number>, weight = 1): Fact {
    const { texts, visitor, ...numbers } = click;
    const [high = 0, low = 0] = visitor === '' ? [] : visitor.split(' ').map(Number);
    const codeOf = (name: (typeof TEXT_DIMENSIONS)[number]) =>
      texts[name] === '' ? 0 : texts[name] === OTHER_TEXT ? 1 : (codes.get(`${name} ${texts[name]}`) ?? 0);
    return {
      ...numbers,
      weight,
      visitorHigh: high,
      visitorLow: low,
      ...(Object.fromEntries(TEXT_DIMENSIONS.map((name) => [name, codeOf(name)])) as Record<
        (typeof TEXT_DIMENSIONS)[number],
        number
      >),
    };
  }

  test('are what counting click by click comes to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(told, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.array(question, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.constantFrom(...LINKS)),
        async (clicks, questions, foreignOff) => {
          projectId += 1;
          const codes = await writeTexts();
          const runs = new Map<number, Fact[]>();
          const put = (run: number, fact: Fact) => runs.set(run, [...(runs.get(run) ?? []), fact]);
          for (const { click, run, before } of clicks) {
            put(run, factOf(click, codes));
            if (!before) continue;
            const earlier = { ...click, flags: before.flags };
            put(before.runs[0], factOf(earlier, codes));
            put(before.runs[1], factOf(earlier, codes, TAKEN_BACK));
          }
          await writer.transact(async (tx) => {
            for (const facts of runs.values()) await insertRun(tx, projectId, tableOf(facts));
          });
          const off = Uint32Array.from(foreignOff).sort();
          const answers = await Promise.all(
            questions.map((asked) => statistics.ask({ ...asked, projectId }, off)),
          );
          for (const [index, asked] of questions.entries()) {
            const expected = countNaively(
              { ...asked, projectId },
              clicks.map(({ click }) => click),
              foreignOff,
            );
            expect(answers[index]).toEqual(expected);
          }
        },
      ),
      { numRuns: engine.name === 'SQLite' ? 150 : 50 },
    );
  }, 120_000);
});
