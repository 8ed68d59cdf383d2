import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsOf } from '../../src/clicks/blocks/block.ts';
import { loadBlocks } from '../../src/clicks/blocks/block-store.ts';
import { FACT_COLUMNS, TEXT_DIMENSIONS } from '../../src/clicks/blocks/fact.ts';
import { ClickFlag, countsAsClick } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { Dictionary } from '../../src/clicks/ingest/dictionary.ts';
import type { EnrichedClick } from '../../src/clicks/ingest/enrich.ts';
import { textsOf } from '../../src/clicks/ingest/known-click.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const MIDNIGHT = Date.UTC(2026, 2, 28, 13, 30); // midnight in Adelaide, half an hour off the hour in UTC
const ZONE = 'Australia/Adelaide';

/** Few visitors and links, near the edges of hours and days, often within five seconds of each other. */
const anyClick = fc.record({
  at: fc.oneof(
    fc
      .constantFrom(0, 1, 2_500, 4_999, 5_000, 5_001, 7_500, 9_999, 10_000, 12_500)
      .map((ms) => MIDNIGHT + ms),
    fc.integer({ min: -90, max: 90 }).map((minutes) => MIDNIGHT + minutes * 60_000),
    fc.integer({ min: -3, max: 3 }).map((days) => MIDNIGHT + days * 86_400_000 + 1_000),
    // The night in which the clocks go back: an hour is shown twice.
    fc.integer({ min: 0, max: 12 }).map((quarters) => Date.UTC(2026, 3, 4, 15) + quarters * 900_000),
  ),
  link: fc.integer({ min: 0, max: 1 }),
  visitor: fc.constantFrom('00000000000000aa', 'ffffffffffffffff'),
  flags: fc.constantFrom(0, 0, 0, ClickFlag.qr, ClickFlag.automated, ClickFlag.crawler, ClickFlag.slot, 24),
  country: fc.constantFrom('', 'KR', 'US'),
  referrerHost: fc.constantFrom('', 'news.example', "o'x.example"),
  utm: fc.constantFrom(null, { source: 'mail' }, { source: 'mail', campaign: 'spring "26"' }),
});
type AnyClick = typeof anyClick extends fc.Arbitrary<infer Click> ? Click : never;

let made = 0;

function enriched(click: AnyClick, links: readonly number[], id: string): EnrichedClick {
  return {
    id,
    kind: 1,
    at: click.at,
    linkId: links[click.link] as number,
    groupId: click.link === 0 ? 7 : null,
    domainId: 1,
    routeId: 1,
    flags: click.flags,
    userAgent: 'x',
    language: 'ko-KR',
    visitor: click.visitor,
    referrerHost: click.referrerHost,
    utm: click.utm,
    country: click.country,
    region: '',
    city: '',
    device: 'mobile',
    os: 'iOS',
    browser: 'Safari',
    languageTag: 'ko',
  };
}

/** What the flags have to be, told from all clicks at once and by the calendar alone. */
function expectedFlags(clicks: readonly EnrichedClick[]): Map<string, number> {
  const flags = new Map<string, number>(clicks.map(({ id, flags }) => [id, flags]));
  const inOrder = clicks.filter(countsAsClick).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const seen = new Set<string>();
  const anchors = new Map<string, number>();
  for (const { id, at, linkId, visitor, flags: given } of inOrder) {
    const pair = `${linkId}/${visitor}`;
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE);
    let value = given;
    const first = (key: string, flag: number) => {
      if (!seen.has(`${pair} ${key}`)) value |= flag;
      seen.add(`${pair} ${key}`);
    };
    first('ever', ClickFlag.newEver);
    first(local.toPlainDate().toString(), ClickFlag.newToday);
    first(`${local.toPlainDate()} ${local.hour} ${local.offset}`, ClickFlag.newThisHour);
    if (at - (anchors.get(pair) ?? Number.NEGATIVE_INFINITY) < 5_000) value |= ClickFlag.repeat;
    else anchors.set(pair, at);
    flags.set(id, value);
  }
  return flags;
}

describe.each(ENGINES)('statistics of ingest on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    await bench.database.transact('system', (tx) =>
      tx.db.updateTable('project').set({ time_zone: ZONE }).execute(),
    );
    writer = openBatchWriter(bench.location);
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  /** As several nodes would: each batch from a journal of its own, with stores that know nothing of each other. */
  async function ingest(batches: readonly (readonly EnrichedClick[])[]): Promise<void> {
    const stores = [
      new DatabaseIngestStore(writer, 'http://localhost:8080'),
      new DatabaseIngestStore(writer, 'http://localhost:8080', new Dictionary()),
    ];
    for (const [index, clicks] of batches.entries()) {
      const store = stores[index % 2] as DatabaseIngestStore;
      made += 1;
      await store.commit({
        fromOffset: 0,
        to: { uuid: `s${made}`, sequence: 1, offset: 64, records: clicks.length, finishedAt: null },
        clicks,
        counts: countersOf(clicks),
      });
      while (await store.tidy());
    }
  }

  async function figuresOf(links: readonly number[]) {
    const { read } = bench.database;
    const rows = await read
      .selectFrom('click')
      .select(['click_id', 'flags'])
      .where('link_id', 'in', links)
      .execute();
    const tallies = await read
      .selectFrom('link_tally')
      .selectAll()
      .where('link_id', 'in', links)
      .where((eb) => eb.or([eb('clicks', '<>', 0), eb('visitors', '<>', 0)]))
      .orderBy('link_id')
      .orderBy('country')
      .execute();
    return {
      flags: new Map(rows.map(({ click_id, flags }) => [click_id, flags])),
      tallies: tallies.map(({ link_id, country, clicks, repeats, visitors }) => [
        links.indexOf(link_id),
        country,
        clicks,
        repeats,
        visitors,
      ]),
      facts: await factCounts(links),
    };
  }

  /** How often each fact is in the blocks, texts instead of codes. */
  async function factCounts(links: readonly number[]): Promise<Map<string, number>> {
    const texts = new Map(
      (await bench.database.read.selectFrom('dimension_value').select(['id', 'value']).execute()).map(
        (row) => [row.id, row.value],
      ),
    );
    const table = factsOf(await loadBlocks(writer.events, 'project_id >= $1', [0]));
    const counts = new Map<string, number>();
    for (let row = 0; row < table.link.length; row++) {
      if (!links.includes(table.link[row] as number)) continue;
      const key = FACT_COLUMNS.filter((name) => name !== 'weight').map((name) => {
        const value = table[name][row] as number;
        if (name === 'link') return links.indexOf(value);
        return (TEXT_DIMENSIONS as readonly string[]).includes(name) && value > 0 ? texts.get(value) : value;
      });
      const weight = (table.weight[row] as number) | 0;
      counts.set(key.join('|'), (counts.get(key.join('|')) ?? 0) + weight);
    }
    return new Map([...counts].filter(([, count]) => count !== 0).sort());
  }

  test('any batches in any order leave the flags, tallies and facts that one look at all clicks gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyClick, { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(1_000), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        async (clicks, order, batchSize) => {
          const run = ++made;
          const one = [run * 1_000 + 1, run * 1_000 + 2];
          const other = [run * 1_000 + 3, run * 1_000 + 4];
          const idOf = (index: number) => `${String(run).padStart(8, '0')}${String(index).padStart(24, '0')}`;
          const atOnce = clicks.map((click, index) => enriched(click, one, idOf(index)));
          await ingest([atOnce]);
          const inPieces = clicks
            .map((click, index) => enriched(click, other, idOf(index)))
            .map((click, index) => ({ click, place: order[index] as number }))
            .sort((a, b) => a.place - b.place)
            .map(({ click }) => click);
          const batches: EnrichedClick[][] = [];
          for (let start = 0; start < inPieces.length; start += batchSize) {
            batches.push(inPieces.slice(start, start + batchSize));
          }
          await ingest(batches);

          const expected = await figuresOf(one);
          expect(expected.flags).toEqual(expectedFlags(atOnce));
          expect(await figuresOf(other)).toEqual(expected);
          expect([...expected.facts.values()].reduce((sum, n) => sum + n, 0)).toBe(
            atOnce.filter(({ flags }) => !(flags & ClickFlag.uncounted)).length,
          );
          for (const click of atOnce) expect(textsOf(click).utmSource).toBe(click.utm?.source ?? '');
        },
      ),
      { numRuns: Number(process.env.INGEST_RUNS ?? 150) },
    );
  });
});
