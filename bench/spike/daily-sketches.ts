import { FactFlag, type FactTable } from '../../src/clicks/blocks/fact.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import { HyperLogLog } from './hyper-log-log.ts';
import { amongScopes, BACKFILLED_AT_ONCE, scopeCode, scopesOf } from './marginals.ts';
import { askedScopes, QUARTERS_OF_A_DAY, type SpikeAnswer, type SpikeQuestion } from './question.ts';
import { batches, newest } from './sample.ts';
import type { SpikeDatabase, SpikeEngine } from './spike-database.ts';

const SAMPLE = 250_000;
const BITS = 12;
/** Fewer registers than this are stored one by one, three bytes each. */
const SPARSE_BELOW = (1 << BITS) / 3;

type Sketches = Map<string, HyperLogLog>;

/**
 * D: unique visitors only, as a sketch of 4,096 registers for each link, group and the project and each day; sketches
 * of more days are merged when asked. Small ones are kept as a list of their registers.
 */
export class DailySketches implements Candidate {
  readonly #db: SpikeDatabase;

  private constructor(db: SpikeDatabase) {
    this.#db = db;
  }

  static async open(engine: SpikeEngine): Promise<DailySketches> {
    const db = await engine.open('sketches');
    await db.exec(
      `create table sketch (
         scope integer not null, scope_id integer not null, day integer not null, data ${engine.blobType} not null,
         primary key (scope, scope_id, day)) ${engine.clustered};
       ${engine.storedAsIs('sketch', 'data')}`,
    );
    return new DailySketches(db);
  }

  async load(source: ClickSource): Promise<LoadFigures> {
    const [first, end] = newest(source, SAMPLE);
    let ingestMs = 0;
    let upserts = 0;
    const sketches: Sketches = new Map();
    for (const [from, to] of batches(first, end)) {
      const { facts } = source.facts(from, to);
      const startedAt = performance.now();
      upserts += await this.#add(sketches, facts);
      ingestMs += performance.now() - startedAt;
    }
    await this.#db.settle();
    const sizeBytes = await this.#db.sizeBytes();
    const rows = sketches.size;
    const isAsked = amongScopes(askedScopes(source.links));
    for (const [from, to] of batches(0, first, BACKFILLED_AT_ONCE))
      await this.#add(sketches, source.facts(from, to).facts, isAsked);
    await this.#db.settle();
    const clicks = end - first;
    return {
      clicks,
      rows,
      sizeBytes,
      ingestUsPerClick: (ingestMs * 1_000) / clicks,
      remarks: `${(upserts / clicks).toFixed(1)} sketches written a click, all of them kept in memory`,
    };
  }

  /** @returns how many sketches were written */
  async #add(
    sketches: Sketches,
    facts: FactTable,
    isAsked: (scope: number, id: number) => boolean = () => true,
  ): Promise<number> {
    const changed = new Map<HyperLogLog, readonly number[]>();
    for (let row = 0; row < facts.link.length; row++) {
      if (((facts.flags[row] as number) & FactFlag.crawler) !== 0) continue;
      const day = Math.floor((facts.quarter[row] as number) / QUARTERS_OF_A_DAY);
      for (const [scope, id] of scopesOf(facts, row)) {
        if (!isAsked(scope, id)) continue;
        const key = `${scope} ${id} ${day}`;
        const sketch = sketches.get(key) ?? new HyperLogLog(BITS);
        sketches.set(key, sketch);
        sketch.add(facts.visitorHigh[row] as number, facts.visitorLow[row] as number);
        changed.set(sketch, [scope, id, day]);
      }
    }
    await this.#db.insert({
      table: 'sketch',
      columns: { scope: 'bigint', scope_id: 'bigint', day: 'bigint', data: 'bytea' },
      rows: [...changed].map(([sketch, cell]) => [...cell, encode(sketch)]),
      onConflict: 'on conflict (scope, scope_id, day) do update set data = excluded.data',
    });
    return changed.size;
  }

  async ask({ scope, range, filter, kind }: SpikeQuestion): Promise<SpikeAnswer | undefined> {
    if (filter || kind !== 'uniques') return undefined;
    const days = range
      ? `and day >= ${range.from / QUARTERS_OF_A_DAY} and day < ${range.to / QUARTERS_OF_A_DAY}`
      : '';
    const rows = await this.#db.all<{ data: Uint8Array }>(
      `select data from sketch where scope = ${scopeCode(scope.of)} and scope_id = ${scope.id} ${days}`,
    );
    const merged = new HyperLogLog(BITS);
    for (const { data } of rows) merged.merge(new HyperLogLog(BITS, decode(data)));
    return new Map([[0, merged.count()]]);
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

function encode({ registers }: HyperLogLog): Uint8Array {
  const used = registers.reduce((sum, rank) => sum + (rank === 0 ? 0 : 1), 0);
  if (used >= SPARSE_BELOW) return registers.slice();
  const bytes: number[] = [];
  registers.forEach((rank, index) => {
    if (rank !== 0) bytes.push(index >> 8, index & 255, rank);
  });
  return Uint8Array.from(bytes);
}

function decode(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 << BITS) return bytes;
  const registers = new Uint8Array(1 << BITS);
  for (let at = 0; at < bytes.length; at += 3)
    registers[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] = bytes[at + 2] as number;
  return registers;
}
