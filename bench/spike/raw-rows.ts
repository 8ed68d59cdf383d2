import { FactFlag, QUARTER_MS, TEXT_DIMENSIONS } from '../../src/clicks/blocks/fact.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import type { SpikeAnswer, SpikeQuestion } from './question.ts';
import { batches, newest } from './sample.ts';
import type { SpikeDatabase, SpikeEngine, SpikeInsert } from './spike-database.ts';

const LOADED_AT_ONCE = 20_000;
/** Inserted into the full, indexed table in batches, to know what ingest would cost. */
const INGESTED = 250_000;

const DAY_MS = 24 * 60 * 60 * 1_000;
const COLUMNS = ['at', 'link_id', 'group_id', 'visitor', 'flags', ...TEXT_DIMENSIONS];

const COLUMN_OF = {
  country: 'country',
  referrer: 'referrer',
  utmCampaign: 'utmCampaign',
  topLinks: 'link_id',
};

/**
 * A: a row a click, with indexes for links, groups and the project. At its best: texts are codes here, too, and there
 * is no User-Agent.
 */
export class RawRows implements Candidate {
  readonly #db: SpikeDatabase;

  private constructor(db: SpikeDatabase) {
    this.#db = db;
  }

  static async open(engine: SpikeEngine): Promise<RawRows> {
    const db = await engine.open('raw');
    await db.exec(
      `create table click (
         at bigint not null, link_id integer not null, group_id integer not null, visitor bigint not null,
         flags smallint not null, ${TEXT_DIMENSIONS.map((column) => `${column} integer not null`)})`,
    );
    return new RawRows(db);
  }

  async load(source: ClickSource): Promise<LoadFigures> {
    const [ingested] = newest(source, INGESTED);
    for (const [from, to] of batches(0, ingested, LOADED_AT_ONCE))
      await this.#db.insert(rowsOf(source, from, to));
    await this.#db.exec(
      `create index click_link on click (link_id, at); create index click_group on click (group_id, at);
       create index click_at on click (at)`,
    );
    await this.#db.settle();
    let ingestMs = 0;
    for (const [from, to] of batches(ingested, source.clicks)) {
      const insert = rowsOf(source, from, to);
      const startedAt = performance.now();
      await this.#db.insert(insert);
      ingestMs += performance.now() - startedAt;
    }
    await this.#db.settle();
    return {
      clicks: source.clicks,
      rows: source.clicks,
      sizeBytes: await this.#db.sizeBytes(),
      ingestUsPerClick: (ingestMs * 1_000) / (source.clicks - ingested),
      remarks: 'three indexes',
    };
  }

  async ask(question: SpikeQuestion): Promise<SpikeAnswer> {
    const { select, rest } = selection(question.kind);
    const rows = await this.#db.all<{ value: number; clicks: number }>(
      `select ${select} from click where ${conditionOf(question)} ${rest}`,
    );
    return new Map(rows.map(({ value, clicks }) => [value, clicks]));
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function selection(kind: SpikeQuestion['kind']): { readonly select: string; readonly rest: string } {
  if (kind === 'totals') return { select: '0 as value, count(*) as clicks', rest: '' };
  if (kind === 'uniques') return { select: '0 as value, count(distinct visitor) as clicks', rest: '' };
  const by = kind === 'days' ? `at / ${DAY_MS}` : COLUMN_OF[kind];
  return {
    select: `${by} as value, count(*) as clicks`,
    rest: `group by 1${kind === 'topLinks' ? ' order by 2 desc, 1 limit 10' : ''}`,
  };
}

function conditionOf({ scope, range, filter }: SpikeQuestion): string {
  return [
    `(flags & ${FactFlag.crawler}) = 0`,
    ...(scope.of === 'project' ? [] : [`${scope.of}_id = ${scope.id}`]),
    ...(range ? [`at >= ${range.from * QUARTER_MS} and at < ${range.to * QUARTER_MS}`] : []),
    ...(filter ? [`${filter.column} = ${filter.code}`] : []),
  ].join(' and ');
}

function rowsOf(source: ClickSource, from: number, to: number): SpikeInsert {
  const { at, facts } = source.facts(from, to);
  const columns = [
    at,
    facts.link,
    facts.group,
    // All that is exact in a number.
    Float64Array.from(
      facts.visitorLow,
      (low, row) => ((facts.visitorHigh[row] as number) >>> 11) * 2 ** 32 + low,
    ),
    facts.flags,
    ...TEXT_DIMENSIONS.map((dimension) => facts[dimension]),
  ];
  return {
    table: 'click',
    columns: Object.fromEntries(COLUMNS.map((name) => [name, 'bigint' as const])),
    rows: Array.from(at, (_, row) => columns.map((column) => column[row] as number)),
  };
}
