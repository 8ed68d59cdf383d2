import { FactFlag, type FactTable, NO_VALUE, TEXT_DIMENSIONS } from '../../src/clicks/blocks/fact.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import {
  askedScopes,
  QUARTERS_OF_A_DAY,
  type Scope,
  type SpikeAnswer,
  type SpikeQuestion,
} from './question.ts';
import { batches, newest } from './sample.ts';
import type { SpikeDatabase, SpikeEngine } from './spike-database.ts';

const SAMPLE = 250_000;
const QUARTERS_OF_AN_HOUR = 4;

const SCOPES = ['project', 'group', 'link'] as const;
export const scopeCode = (of: (typeof SCOPES)[number]) => SCOPES.indexOf(of);

const KEY = ['scope', 'scope_id', 'by_day', 'dimension', 'bucket', 'value'] as const;

const BY_HOUR = 0;
const BY_DAY = 1;

/** Dimension 0 is the total; then come texts, then flags. */
const QR = TEXT_DIMENSIONS.length + 1;
const CLIENT = QR + 1;

/**
 * B: for each link, group and the project, for each hour and day, for each dimension and value, a row with its clicks.
 * Visitors are counted by those who are new in the bucket, so they cannot be added up; a filter on another dimension
 * cannot be answered.
 */
export class Marginals implements Candidate {
  readonly #db: SpikeDatabase;

  private constructor(db: SpikeDatabase) {
    this.#db = db;
  }

  static async open(engine: SpikeEngine): Promise<Marginals> {
    const db = await engine.open('marginals');
    await db.exec(
      `create table marginal (
         scope smallint not null, scope_id integer not null, by_day smallint not null, dimension smallint not null,
         bucket integer not null, value integer not null, clicks integer not null,
         primary key (${KEY}))
       ${engine.clustered}`,
    );
    return new Marginals(db);
  }

  async load(source: ClickSource, sample = SAMPLE): Promise<LoadFigures> {
    const [first, end] = newest(source, sample);
    let ingestMs = 0;
    let upserts = 0;
    for (const [from, to] of batches(first, end)) {
      const { facts } = source.facts(from, to);
      const startedAt = performance.now();
      upserts += await this.#add(marginalsOf(facts, [BY_HOUR, BY_DAY]));
      ingestMs += performance.now() - startedAt;
    }
    await this.#db.settle();
    const [stored] = await this.#db.all<{ rows: number }>('select count(*) as rows from marginal');
    const sizeBytes = await this.#db.sizeBytes();
    const clicks = end - first;
    const isAsked = amongScopes(askedScopes(source.links));
    for (const [from, to] of batches(0, first, BACKFILLED_AT_ONCE))
      await this.#add(marginalsOf(source.facts(from, to).facts, [BY_DAY], isAsked));
    await this.#db.settle();
    return {
      clicks,
      rows: stored?.rows ?? 0,
      sizeBytes,
      ingestUsPerClick: (ingestMs * 1_000) / clicks,
      remarks: `${(upserts / clicks).toFixed(1)} upserts a click`,
    };
  }

  async #add(rows: number[][]): Promise<number> {
    await this.#db.insert({
      table: 'marginal',
      columns: Object.fromEntries([...KEY, 'clicks'].map((name) => [name, 'bigint' as const])),
      rows,
      onConflict: `on conflict (${KEY}) do update set clicks = marginal.clicks + excluded.clicks`,
    });
    return rows.length;
  }

  async ask({ scope, range, filter, kind }: SpikeQuestion): Promise<SpikeAnswer | undefined> {
    // Which links a group had cannot be told by now, and the project's would be a row for each link and day.
    if (filter || kind === 'uniques' || kind === 'topLinks') return undefined;
    const days = range
      ? `and bucket >= ${range.from / QUARTERS_OF_A_DAY} and bucket < ${range.to / QUARTERS_OF_A_DAY}`
      : '';
    const dimension = kind === 'totals' || kind === 'days' ? 0 : TEXT_DIMENSIONS.indexOf(kind) + 1;
    const of = `scope = ${scopeCode(scope.of)} and scope_id = ${scope.id} and by_day = ${BY_DAY} ${days}`;
    const by = kind === 'totals' ? '0' : kind === 'days' ? 'bucket' : 'value';
    const answer = await this.#ask(by, `${of} and dimension = ${dimension}`);
    if (dimension === 0) return answer;
    const total = (await this.#ask('0', `${of} and dimension = 0`)).get(0) ?? 0;
    const known = [...answer.values()].reduce((sum, clicks) => sum + clicks, 0);
    return new Map([...answer, [NO_VALUE, total - known]]);
  }

  async #ask(by: string, condition: string): Promise<SpikeAnswer> {
    const rows = await this.#db.all<{ value: number; clicks: number }>(
      `select ${by} as value, sum(clicks) as clicks from marginal where ${condition} group by 1`,
    );
    return new Map(rows.map(({ value, clicks }) => [value, Number(clicks)]));
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

/** What a batch adds, each cell once. */
function marginalsOf(
  facts: FactTable,
  granularities: readonly number[],
  isAsked: (scope: number, id: number) => boolean = () => true,
): number[][] {
  const cells = new Map<string, number[]>();
  const add = (cell: readonly number[]) => {
    const key = cell.join();
    const known = cells.get(key);
    if (known) known[cell.length] = (known[cell.length] as number) + 1;
    else cells.set(key, [...cell, 1]);
  };
  for (let row = 0; row < facts.link.length; row++) {
    const flags = facts.flags[row] as number;
    if ((flags & FactFlag.crawler) !== 0) continue;
    const values = [
      0,
      ...TEXT_DIMENSIONS.map((dimension) => facts[dimension][row] as number),
      flags & FactFlag.qr,
      flags & FactFlag.automated,
    ];
    const quarter = facts.quarter[row] as number;
    const buckets = [Math.floor(quarter / QUARTERS_OF_AN_HOUR), Math.floor(quarter / QUARTERS_OF_A_DAY)];
    for (const [scope, id] of scopesOf(facts, row)) {
      if (!isAsked(scope, id)) continue;
      for (const byDay of granularities) {
        for (let dimension = 0; dimension <= CLIENT; dimension++) {
          const value = values[dimension] as number;
          // What a click does not have (a campaign, mostly) needs no row: it is the total less the others.
          if (value === 0 && dimension !== 0) continue;
          add([scope, id, byDay, dimension, buckets[byDay] as number, value]);
        }
      }
    }
  }
  return [...cells.values()];
}

/** The tables of a sample are given all of the clicks of the scopes that are asked for, so that answers are whole. */
export function amongScopes(scopes: readonly Scope[]): (scope: number, id: number) => boolean {
  const asked = new Set(scopes.map(({ of, id }) => `${scopeCode(of)} ${id}`));
  return (scope, id) => asked.has(`${scope} ${id}`);
}

export const BACKFILLED_AT_ONCE = 200_000;

/** A scope as number, and whose. */
export function scopesOf(facts: FactTable, row: number): (readonly [number, number])[] {
  const group = facts.group[row] as number;
  return [
    [scopeCode('project'), 0],
    ...(group === 0 ? [] : [[scopeCode('group'), group] as const]),
    [scopeCode('link'), facts.link[row] as number],
  ];
}
