import { FactFlag, type FactTable } from '../../src/clicks/blocks/fact.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import { amongScopes, BACKFILLED_AT_ONCE, scopeCode, scopesOf } from './marginals.ts';
import { askedScopes, QUARTERS_OF_A_DAY, type SpikeAnswer, type SpikeQuestion } from './question.ts';
import { batches, newest } from './sample.ts';
import type { SpikeDatabase, SpikeEngine } from './spike-database.ts';

const SAMPLE = 500_000;

const KEY = ['scope', 'scope_id', 'day', 'country', 'device', 'os', 'browser', 'qr', 'automated'] as const;
const CUT_BY: readonly string[] = KEY;

/**
 * C: for each link, group and the project, for each day, a row for every combination of what few values can be: so
 * filters on these can be combined. Referrers, campaigns, hours and visitors are not in it.
 */
export class DailyCube implements Candidate {
  readonly #db: SpikeDatabase;

  private constructor(db: SpikeDatabase) {
    this.#db = db;
  }

  static async open(engine: SpikeEngine): Promise<DailyCube> {
    const db = await engine.open('cube');
    await db.exec(
      `create table cube (${KEY.map((column) => `${column} integer not null`)}, clicks integer not null,
         primary key (${KEY})) ${engine.clustered}`,
    );
    return new DailyCube(db);
  }

  async load(source: ClickSource): Promise<LoadFigures> {
    const [first, end] = newest(source, SAMPLE);
    let ingestMs = 0;
    let upserts = 0;
    for (const [from, to] of batches(first, end)) {
      const { facts } = source.facts(from, to);
      const startedAt = performance.now();
      upserts += await this.#add(cellsOf(facts));
      ingestMs += performance.now() - startedAt;
    }
    await this.#db.settle();
    const [stored] = await this.#db.all<{ rows: number }>('select count(*) as rows from cube');
    const sizeBytes = await this.#db.sizeBytes();
    const clicks = end - first;
    const isAsked = amongScopes(askedScopes(source.links));
    for (const [from, to] of batches(0, first, BACKFILLED_AT_ONCE))
      await this.#add(cellsOf(source.facts(from, to).facts, isAsked));
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
      table: 'cube',
      columns: Object.fromEntries([...KEY, 'clicks'].map((name) => [name, 'bigint' as const])),
      rows,
      onConflict: `on conflict (${KEY}) do update set clicks = cube.clicks + excluded.clicks`,
    });
    return rows.length;
  }

  async ask({ scope, range, filter, kind }: SpikeQuestion): Promise<SpikeAnswer | undefined> {
    if (kind === 'topLinks') return undefined;
    const conditions: string[] = [];
    if (filter && !CUT_BY.includes(filter.column)) return undefined;
    if (filter) conditions.push(`${filter.column} = ${filter.code}`);
    if (range)
      conditions.push(`day >= ${range.from / QUARTERS_OF_A_DAY} and day < ${range.to / QUARTERS_OF_A_DAY}`);
    const by = kind === 'totals' ? '0' : kind === 'days' ? 'day' : kind;
    if (kind !== 'totals' && !CUT_BY.includes(by)) return undefined;
    return this.#ask(by, [`scope = ${scopeCode(scope.of)} and scope_id = ${scope.id}`, ...conditions]);
  }

  async #ask(by: string, conditions: readonly string[]): Promise<SpikeAnswer> {
    const rows = await this.#db.all<{ value: number; clicks: number }>(
      `select ${by} as value, sum(clicks) as clicks from cube where ${conditions.join(' and ')} group by 1`,
    );
    return new Map(rows.map(({ value, clicks }) => [value, clicks]));
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

/** What a batch adds, each cell once. */
function cellsOf(facts: FactTable, isAsked: (scope: number, id: number) => boolean = () => true): number[][] {
  const cells = new Map<string, number[]>();
  const { country, device, os, browser } = facts;
  for (let row = 0; row < facts.link.length; row++) {
    const flags = facts.flags[row] as number;
    if ((flags & FactFlag.crawler) !== 0) continue;
    const day = Math.floor((facts.quarter[row] as number) / QUARTERS_OF_A_DAY);
    const values = [country[row], device[row], os[row], browser[row]] as number[];
    for (const [scope, id] of scopesOf(facts, row)) {
      if (!isAsked(scope, id)) continue;
      const cell = [scope, id, day, ...values, flags & FactFlag.qr, flags & FactFlag.automated];
      const key = cell.join();
      const known = cells.get(key);
      if (known) known[KEY.length] = (known[KEY.length] as number) + 1;
      else cells.set(key, [...cell, 1]);
    }
  }
  return [...cells.values()];
}
