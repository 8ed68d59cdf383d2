import { buildBlocks } from '../../src/clicks/blocks/block.ts';
import type { FactColumn } from '../../src/clicks/blocks/fact.ts';
import type { BlockOrder } from './block-order.ts';
import { BlockScan, columnsFor, type UniquesBy } from './block-scan.ts';
import type { Candidate, ClickSource, LoadFigures } from './candidate.ts';
import type { SpikeAnswer, SpikeQuestion } from './question.ts';
import type { SpikeDatabase, SpikeEngine } from './spike-database.ts';

/** The largest run that merging makes (`merge-plan.ts`). */
const RUN_ROWS = 524_288;
/** A new run is small, and its clicks are written again four times until they are in a large one. */
const WRITES_OF_A_CLICK = 5;
/** Bounds the memory of a question. */
const BLOCKS_AT_ONCE = 16;

/** E: immutable blocks of 65,536 clicks in order of link and time, one blob a column; read whole, scanned in JavaScript. */
export class ColumnarBlocks implements Candidate {
  readonly #db: SpikeDatabase;
  readonly #order: BlockOrder;
  readonly #uniquesBy: UniquesBy;

  private constructor(db: SpikeDatabase, order: BlockOrder, uniquesBy: UniquesBy) {
    this.#db = db;
    this.#order = order;
    this.#uniquesBy = uniquesBy;
  }

  static async open(engine: SpikeEngine, order: BlockOrder, uniquesBy: UniquesBy): Promise<ColumnarBlocks> {
    const db = await engine.open(`blocks ${order.name}`.replaceAll(' ', '_'));
    await db.exec(
      `create table block (
         id bigint primary key, run bigint not null, min_link bigint not null, max_link bigint not null,
         from_quarter bigint not null, to_quarter bigint not null, row_count bigint not null);
       create table block_column (
         block_id bigint not null, name text not null, data ${engine.blobType} not null,
         primary key (block_id, name));
       ${engine.storedAsIs('block_column', 'data')}`,
    );
    return new ColumnarBlocks(db, order, uniquesBy);
  }

  /** The same tables with unique visitors counted in another way. */
  countingUniquesBy(uniquesBy: UniquesBy): ColumnarBlocks {
    return new ColumnarBlocks(this.#db, this.#order, uniquesBy);
  }

  async load(source: ClickSource): Promise<LoadFigures> {
    let buildMs = 0;
    let id = 0;
    for (let from = 0, run = 1; from < source.clicks; from += RUN_ROWS, run++) {
      const { facts } = source.facts(from, Math.min(source.clicks, from + RUN_ROWS));
      const startedAt = performance.now();
      const { keyOf } = this.#order;
      const keys = facts.link.map((link, row) => keyOf(link, facts.group[row] as number));
      for (const block of buildBlocks({ ...facts, link: keys })) {
        id++;
        const { rows, minLink, maxLink, fromQuarter, toQuarter, columns } = block;
        await this.#db.insert({
          table: 'block',
          columns: {
            id: 'bigint',
            run: 'bigint',
            min_link: 'bigint',
            max_link: 'bigint',
            from_quarter: 'bigint',
            to_quarter: 'bigint',
            row_count: 'bigint',
          },
          rows: [[id, run, minLink, maxLink, fromQuarter, toQuarter, rows]],
        });
        await this.#db.insert({
          table: 'block_column',
          columns: { block_id: 'bigint', name: 'text', data: 'bytea' },
          rows: [...columns].map(([name, data]) => [id, name, data]),
        });
      }
      buildMs += performance.now() - startedAt;
    }
    await this.#db.settle();
    const onceUs = (buildMs * 1_000) / source.clicks;
    return {
      clicks: source.clicks,
      rows: id,
      sizeBytes: await this.#db.sizeBytes(),
      ingestUsPerClick: onceUs * WRITES_OF_A_CLICK,
      remarks: `${onceUs.toFixed(2)} µs each time a click is written, ${WRITES_OF_A_CLICK} times in its life`,
    };
  }

  async ask(question: SpikeQuestion): Promise<SpikeAnswer> {
    const { scope, range } = question;
    const conditions = ['1 = 1'];
    const keys = this.#order.rangeOf(scope);
    if (keys) conditions.push(`min_link < ${keys[1]} and max_link >= ${keys[0]}`);
    if (range) conditions.push(`from_quarter < ${range.to} and to_quarter >= ${range.from}`);
    const blocks = await this.#db.all<BlockRow>(
      `select id, row_count, from_quarter, to_quarter from block where ${conditions.join(' and ')} order by id`,
    );
    const names = columnsFor(question, this.#order);
    const scan = new BlockScan(question, this.#order, this.#uniquesBy);
    for (let first = 0; first < blocks.length; first += BLOCKS_AT_ONCE) {
      const some = blocks.slice(first, first + BLOCKS_AT_ONCE);
      const columns = await this.#columnsOf(some, names);
      for (const { id, row_count, from_quarter, to_quarter } of some) {
        scan.add({
          rows: row_count,
          fromQuarter: from_quarter,
          toQuarter: to_quarter,
          columns: columns.get(id) ?? new Map(),
        });
      }
    }
    return scan.answer();
  }

  async #columnsOf(blocks: readonly BlockRow[], names: readonly FactColumn[]) {
    const found = new Map<number, Map<FactColumn, Uint8Array>>();
    const rows = await this.#db.all<{ block_id: number; name: FactColumn; data: Uint8Array }>(
      `select block_id, name, data from block_column
       where block_id in (${blocks.map(({ id }) => id)}) and name in (${names.map((name) => `'${name}'`)})`,
    );
    for (const { block_id, name, data } of rows) {
      const ofBlock = found.get(block_id) ?? new Map<FactColumn, Uint8Array>();
      found.set(block_id, ofBlock.set(name, data));
    }
    return found;
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

interface BlockRow {
  readonly id: number;
  readonly row_count: number;
  readonly from_quarter: number;
  readonly to_quarter: number;
}
