import { insertRun } from '../src/clicks/blocks/block-store.ts';
import type { Dimension, StatisticsQuestion } from '../src/clicks/statistics/question.ts';
import { StatisticsService } from '../src/clicks/statistics/statistics-service.ts';
import { openBatchWriter, openStore } from '../src/db/open.ts';
import type { StoreLocation } from '../src/db/store-location.ts';
import { GeneratedClicks } from './clicks/generated-clicks.ts';
import { openProductStore } from './clicks/product-store.ts';
import { count } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import type { EngineName } from './spike/spike-database.ts';

const END_AT = Date.UTC(2026, 10, 1);
const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = 400;
/** As merging leaves them. */
const RUN_FACTS = 480_000;
const REPEATS = 21;
const CACHE_BYTES = 128 * 1024 * 1024;
const PROJECT = 1;

/** What a dashboard asks, of everything there is to ask about, through the service as a surface does. */
export async function statisticsBench(options: BenchOptions): Promise<string> {
  const sizes = [options.clicks / 10, (options.clicks / 10) * 3, options.clicks].map(Math.round);
  const parts: string[] = [];
  for (const engine of options.engines) {
    for (const clicks of sizes) parts.push(await measure(engine, clicks, options));
  }
  return `## Statistics

Milliseconds, first time / median / 95th percentile of ${REPEATS}, with ${count(CACHE_BYTES / 1024 / 1024)} MB of memory for columns. "filtered": by one country and, in turn, by one device.

${parts.join('\n\n')}`;
}

async function measure(engine: EngineName, size: number, options: BenchOptions): Promise<string> {
  const store = await openProductStore(engine);
  try {
    options.say(`${store.name}: ${count(size)} clicks`);
    const clicks = new GeneratedClicks({ clicks: size, endAt: END_AT, days: DAYS });
    const bytes = await fill(store.location, clicks, engine);
    const { database } = await openStore(store.location);
    const service = new StatisticsService({ database, location: store.location, cacheBytes: CACHE_BYTES });
    const rows: string[][] = [];
    const worst = new Map<string, number>();
    for (const { scope, question } of questionsOf(clicks)) {
      const figures: string[] = [];
      for (const asked of figuresOf(question)) {
        if (!asked) {
          figures.push('');
          continue;
        }
        const times: number[] = [];
        for (let n = 0; n < REPEATS; n++) {
          const startedAt = performance.now();
          await service.ask(asked);
          times.push(performance.now() - startedAt);
        }
        const [first = Number.NaN, ...warm] = times;
        const sorted = warm.toSorted((a, b) => a - b);
        const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] as number;
        const kind = scope.split(',')[0] as string;
        worst.set(kind, Math.max(worst.get(kind) ?? 0, p95));
        figures.push(`${ms(first)} / ${ms(sorted[sorted.length >> 1] as number)} / ${ms(p95)}`);
      }
      rows.push([scope, ...figures]);
      options.say(rows.at(-1)?.join(' | ') ?? '');
    }
    await service.close();
    await database.close();
    const summary = [...worst].map(([kind, p95]) => `${kind} ${ms(p95)}`).join(', ');
    return `### ${store.name}, ${count(size)} clicks, ${count(bytes / size)} bytes a click

Worst 95th percentile: ${summary}.

${markdownTable(['question', 'totals', 'days', 'countries', 'referrers', 'campaigns', 'top links', 'visitors'], rows)}`;
  } finally {
    await store.close();
  }
}

/** Blocks as ingest and its merging leave them, and the dictionary. */
async function fill(location: StoreLocation, clicks: GeneratedClicks, engine: EngineName): Promise<number> {
  const writer = openBatchWriter(location);
  for (let from = 0; from < clicks.clicks; from += RUN_FACTS) {
    const { facts } = clicks.facts(from, Math.min(clicks.clicks, from + RUN_FACTS));
    await writer.transact((tx) => insertRun(tx, PROJECT, facts));
  }
  await writer.transact((tx) =>
    tx.insertMany({
      table: 'dimension_value',
      columns: { id: 'bigint', project_id: 'bigint', dimension: 'text', value: 'text', day: 'bigint' },
      rows: [...clicks.vocabulary.entries()].map(({ dimension, text, code }) => [
        code,
        PROJECT,
        dimension,
        text,
        0,
      ]),
    }),
  );
  const [size] = await writer.events.all<{ bytes: number }>(
    engine === 'sqlite'
      ? 'select sum(length(data)) as bytes from click_block_column'
      : `select pg_total_relation_size('click_block_column') as bytes`,
    [],
  );
  await writer.close();
  return size?.bytes ?? Number.NaN;
}

function questionsOf(clicks: GeneratedClicks): { scope: string; question: StatisticsQuestion }[] {
  const scopes: [string, StatisticsQuestion['scope']][] = [
    ['ordinary link', { kind: 'links', ids: [clicks.links.linkOfRank(20_000)] }],
    ['busy link', { kind: 'links', ids: [clicks.links.busyLink] }],
    ['group', { kind: 'group', id: 20 }],
    ['project', { kind: 'project' }],
  ];
  const ranges: [string, number][] = [
    ['30 days', END_AT - 30 * DAY_MS],
    ['all time', END_AT - DAYS * DAY_MS],
  ];
  const filters: [string, StatisticsQuestion['filters']][] = [
    ['', []],
    [', one country', [{ dimension: 'country', values: ['KR'] }]],
    [', one device', [{ dimension: 'device', values: ['mobile'] }]],
  ];
  return scopes.flatMap(([scopeName, scope]) =>
    ranges.flatMap(([rangeName, from]) =>
      filters.map(([filterName, given]) => ({
        scope: `${scopeName}, ${rangeName}${filterName}`,
        question: {
          projectId: PROJECT,
          timeZone: 'Asia/Seoul',
          homeCountry: 'KR',
          scope,
          from,
          to: END_AT,
          filters: given ?? [],
        },
      })),
    ),
  );
}

/** One question a figure; of a link there are no top links. */
function figuresOf(question: StatisticsQuestion): (StatisticsQuestion | undefined)[] {
  const by = (dimension: Dimension) => ({ ...question, breakdowns: [{ dimension, limit: 10 }] });
  return [
    question,
    { ...question, interval: 'day' },
    by('country'),
    by('referrer'),
    by('utmCampaign'),
    question.scope.kind === 'links' ? undefined : by('link'),
    { ...question, visitors: true },
  ];
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
