import { GeneratedClicks } from '../clicks/generated-clicks.ts';
import { count } from '../figures.ts';
import { markdownTable } from '../markdown-table.ts';
import type { BenchOptions } from '../options.ts';
import { BY_LINK, byGroup } from './block-order.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import { ColumnarBlocks } from './columnar-blocks.ts';
import { DailyCube } from './daily-cube.ts';
import { DailySketches } from './daily-sketches.ts';
import { withInventedCampaigns } from './invented-values.ts';
import { type Cell, figure, latencyTable, measure, worstByScope } from './latencies.ts';
import { Marginals } from './marginals.ts';
import { startPostgres } from './postgres-engine.ts';
import { type Asked, questions } from './question.ts';
import { RawRows } from './raw-rows.ts';
import type { EngineName, SpikeEngine } from './spike-database.ts';
import { startSqlite } from './sqlite-engine.ts';

const END_AT = Date.UTC(2026, 10, 21);
const REGISTER_BITS = 14;
/** What the product's dictionary takes up of new texts a day. */
const NEW_TEXTS = 2_000;
const INVENTED = 100_000;

const START: Readonly<Record<EngineName, () => SpikeEngine | Promise<SpikeEngine>>> = {
  sqlite: startSqlite,
  postgres: startPostgres,
};

interface Measured {
  readonly name: string;
  readonly load: LoadFigures;
  readonly cells: readonly Cell[];
}

/**
 * Which tables statistics should be kept in: every candidate is loaded with the same generated clicks and asked the
 * same questions. Answers must agree.
 */
export async function statisticsSchemas({ clicks, engines, say }: BenchOptions): Promise<string> {
  const generated = new GeneratedClicks({ clicks, endAt: END_AT });
  const asked = questions(generated, END_AT);
  const reports: string[] = [];
  for (const name of engines) {
    const engine = await START[name]();
    try {
      reports.push(await reportOf(engine, generated, asked, say));
    } finally {
      await engine.stop();
    }
  }
  return [`## Statistics schemas: ${count(clicks)} generated clicks`, ...reports].join('\n\n');
}

async function reportOf(
  engine: SpikeEngine,
  generated: GeneratedClicks,
  asked: readonly Asked[],
  say: (message: string) => void,
): Promise<string> {
  const uniquesBy = { registerBits: REGISTER_BITS };
  const candidates: readonly (readonly [name: string, open: () => Promise<Candidate>])[] = [
    ['E blocks by link', () => ColumnarBlocks.open(engine, BY_LINK, uniquesBy)],
    ['E blocks by group, link', () => ColumnarBlocks.open(engine, byGroup(generated.links), uniquesBy)],
    ['A raw rows', () => RawRows.open(engine)],
    ['B marginals', () => Marginals.open(engine)],
    ['C daily cube', () => DailyCube.open(engine)],
    ['D daily sketches', () => DailySketches.open(engine)],
  ];
  const all: Measured[] = [];
  for (const [name, open] of candidates) {
    say(`${engine.name}: ${name}`);
    const measured = { name, ...(await loadAndMeasure(engine, await open(), generated, asked)) };
    all.push(measured);
    mustAgree(all);
    say(`${summaryTable([measured])}\n\n${latencyTable(measured.cells)}`);
  }
  return [
    `### ${engine.name}`,
    summaryTable(all),
    uniquesTable(all),
    await inventedTable(engine, generated),
    ...all.map(({ name, cells }) => `${name}:\n\n${latencyTable(cells)}`),
  ].join('\n\n');
}

async function loadAndMeasure(
  engine: SpikeEngine,
  candidate: Candidate,
  source: ClickSource,
  asked: readonly Asked[],
) {
  try {
    return { load: await candidate.load(source), cells: await measure(candidate, asked, engine.serverCpuUs) };
  } finally {
    await candidate.close();
  }
}

function summaryTable(all: readonly Measured[]): string {
  const scopes = [...worstByScope(all[0]?.cells ?? []).keys()];
  return markdownTable(
    [
      'candidate',
      'clicks',
      'rows',
      'bytes/click',
      'ingest µs/click',
      'of these',
      ...scopes.map((s) => `worst ms (CPU; p95), ${s}`),
    ],
    all.map(({ name, load, cells }) => {
      const worst = worstByScope(cells);
      return [
        name,
        count(load.clicks),
        count(load.rows),
        (load.sizeBytes / load.clicks).toFixed(0),
        load.ingestUsPerClick.toFixed(1),
        load.remarks,
        ...scopes.map((scope) => {
          const { cpuMs = Number.NaN, p95Ms = Number.NaN } = worst.get(scope) ?? {};
          return `${figure(cpuMs)}; ${figure(p95Ms)}`;
        }),
      ];
    }),
  );
}

/** Unique visitors: exactly, by the raw rows, and what each sketch makes of them. */
function uniquesTable(all: readonly Measured[]): string {
  const counted = (name: string, cell: Cell) =>
    all
      .find((each) => each.name.startsWith(name))
      ?.cells.find(({ asked }) => asked === cell.asked)
      ?.answer.get(0);
  const exact = all.find(({ name }) => name.startsWith('A'))?.cells ?? [];
  return markdownTable(
    ['unique visitors', 'exact', `E, 2^${REGISTER_BITS} at question`, 'D, 2^12 a day'],
    exact
      .filter(({ asked }) => asked.question.kind === 'uniques' && asked.filterName === 'none')
      .map((cell) => {
        const truth = cell.answer.get(0) ?? 0;
        const error = (found: number | undefined) =>
          found === undefined ? '' : `${count(found)} (${((found / truth - 1) * 100).toFixed(1)} %)`;
        return [
          `${cell.asked.scope.name}, ${cell.asked.rangeName}`,
          count(truth),
          error(counted('E', cell)),
          error(counted('D', cell)),
        ];
      }),
  );
}

/** What a click costs when every click has a campaign of its own, against clicks as they are. */
async function inventedTable(engine: SpikeEngine, generated: GeneratedClicks): Promise<string> {
  const some: ClickSource = {
    clicks: Math.min(INVENTED, generated.clicks),
    links: generated.links,
    facts: (from, to) => generated.facts(from, to),
  };
  const sources: readonly (readonly [name: string, source: ClickSource])[] = [
    ['as they are', some],
    ['each its own campaign', withInventedCampaigns(some, some.clicks)],
    [`the same, ${count(NEW_TEXTS)} of them known`, withInventedCampaigns(some, NEW_TEXTS)],
  ];
  const rows: string[][] = [];
  for (const [name, source] of sources) {
    const blocks = await loadOnly(await ColumnarBlocks.open(engine, BY_LINK, 'set'), source);
    const marginals = await loadOnly(await Marginals.open(engine), source);
    rows.push([
      name,
      (blocks.sizeBytes / source.clicks).toFixed(0),
      (marginals.sizeBytes / source.clicks).toFixed(0),
      (marginals.rows / source.clicks).toFixed(1),
      marginals.ingestUsPerClick.toFixed(0),
    ]);
  }
  return markdownTable(
    [`${count(some.clicks)} clicks`, 'E bytes/click', 'B bytes/click', 'B rows/click', 'B ingest µs/click'],
    rows,
  );
}

async function loadOnly(candidate: Candidate, source: ClickSource): Promise<LoadFigures> {
  try {
    return await candidate.load(source);
  } finally {
    await candidate.close();
  }
}

/** @throws when two candidates answer a question in two ways; unique visitors may be approximate */
function mustAgree(all: readonly Measured[]): void {
  const answers = new Map<Asked, readonly [name: string, answer: string]>();
  for (const { name, cells } of all) {
    for (const { asked, answer } of cells) {
      if (asked.question.kind === 'uniques') continue;
      const mine = JSON.stringify([...answer].filter(([, clicks]) => clicks > 0).sort(([a], [b]) => a - b));
      const [other, theirs] = answers.get(asked) ?? [name, mine];
      if (mine !== theirs) {
        const { scope, rangeName, filterName, question } = asked;
        throw new Error(
          `${name} and ${other} differ on ${question.kind} of ${scope.name}, ${rangeName}, filter ${filterName}:\n${mine}\n${theirs}`,
        );
      }
      answers.set(asked, [other, theirs]);
    }
  }
}
