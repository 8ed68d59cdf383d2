import { BLOCK_ROWS, columnOf } from '../../src/clicks/blocks/block.ts';
import type { Column } from '../../src/clicks/blocks/column.ts';
import { type FactColumn, FactFlag } from '../../src/clicks/blocks/fact.ts';
import type { BlockOrder } from './block-order.ts';
import { HyperLogLog } from './hyper-log-log.ts';
import { QUARTERS_OF_A_DAY, type SpikeAnswer, type SpikeQuestion, topOf } from './question.ts';
import { VisitorSet } from './visitor-set.ts';

export interface ScannedBlock {
  readonly rows: number;
  readonly fromQuarter: number;
  readonly toQuarter: number;
  readonly columns: ReadonlyMap<FactColumn, Uint8Array>;
}

/** How unique visitors are counted: one by one, or approximately with so many bits of registers. */
export type UniquesBy = 'set' | { readonly registerBits: number };

/** Columns a question cannot do without. A block that lies in the range as a whole need not be asked for its quarters. */
export function columnsFor({ scope, range, filter, kind }: SpikeQuestion, order: BlockOrder): FactColumn[] {
  const columns = new Set<FactColumn>(['flags']);
  if (order.rangeOf(scope)) columns.add('link');
  else if (scope.of !== 'project') columns.add(scope.of);
  if (range || kind === 'days') columns.add('quarter');
  if (filter) columns.add(filter.column);
  if (kind === 'topLinks') columns.add('link');
  else if (kind === 'uniques') columns.add('visitorHigh').add('visitorLow');
  else if (kind !== 'totals' && kind !== 'days') columns.add(kind);
  return [...columns];
}

/** Answers one question from any number of blocks, one after the other. */
export class BlockScan {
  readonly #question: SpikeQuestion;
  readonly #order: BlockOrder;
  readonly #counts = new Map<number, number>();
  readonly #visitors: VisitorSet | HyperLogLog;
  /** Rows that still match; the first `#matching` of them. */
  readonly #rows = new Uint32Array(BLOCK_ROWS);
  #matching = 0;

  constructor(question: SpikeQuestion, order: BlockOrder, uniquesBy: UniquesBy) {
    this.#question = question;
    this.#order = order;
    this.#visitors = uniquesBy === 'set' ? new VisitorSet() : new HyperLogLog(uniquesBy.registerBits);
  }

  add(block: ScannedBlock): void {
    const { scope, range, filter, kind } = this.#question;
    const column = (name: FactColumn) => columnOf(block.columns.get(name), name, block.rows);
    const keys = this.#order.rangeOf(scope);
    if (keys) this.#takeBetween(firstFrom(column('link'), keys[0]), firstFrom(column('link'), keys[1]));
    else this.#takeBetween(0, block.rows);
    if (scope.of === 'group' && !keys) this.#keep(column('group'), (group) => group === scope.id);
    if (filter) this.#keep(column(filter.column), (code) => code === filter.code);
    if (range && (block.fromQuarter < range.from || block.toQuarter >= range.to))
      this.#keep(column('quarter'), (quarter) => quarter >= range.from && quarter < range.to);
    if (this.#matching === 0) return;
    this.#keep(column('flags'), (flags) => (flags & FactFlag.crawler) === 0);
    if (kind === 'totals') this.#count(0, this.#matching);
    else if (kind === 'uniques') this.#addVisitors(column('visitorHigh'), column('visitorLow'));
    else this.#countBy(column(kind === 'days' ? 'quarter' : kind === 'topLinks' ? 'link' : kind));
  }

  answer(): SpikeAnswer {
    const { kind } = this.#question;
    if (kind === 'topLinks') {
      const clicksOf = [...this.#counts].map(([key, clicks]) => [this.#order.linkOf(key), clicks] as const);
      return topOf(new Map(clicksOf));
    }
    if (kind === 'uniques') {
      const visitors = this.#visitors;
      return new Map([[0, visitors instanceof VisitorSet ? visitors.size : visitors.count()]]);
    }
    if (kind !== 'days') return this.#counts;
    const days = new Map<number, number>();
    for (const [quarter, clicks] of this.#counts) {
      const day = Math.floor(quarter / QUARTERS_OF_A_DAY);
      days.set(day, (days.get(day) ?? 0) + clicks);
    }
    return days;
  }

  #takeBetween(from: number, to: number): void {
    const rows = this.#rows;
    for (let row = from; row < to; row++) rows[row - from] = row;
    this.#matching = Math.max(0, to - from);
  }

  /** Without a branch on what a row says: half of all rows matching would be the slowest case otherwise. */
  #keep({ dictionary, codes }: Column, accepts: (value: number) => boolean): void {
    const rows = this.#rows;
    const before = this.#matching;
    let kept = 0;
    if (dictionary) {
      const accepted = Uint8Array.from(dictionary, (value) => (accepts(value) ? 1 : 0));
      if (!accepted.includes(0)) return;
      if (accepted.includes(1)) {
        for (let index = 0; index < before; index++) {
          const row = rows[index] as number;
          rows[kept] = row;
          kept += accepted[codes[row] as number] as number;
        }
      }
    } else {
      for (let index = 0; index < before; index++) {
        const row = rows[index] as number;
        rows[kept] = row;
        kept += accepts(codes[row] as number) ? 1 : 0;
      }
    }
    this.#matching = kept;
  }

  #countBy({ dictionary, codes }: Column): void {
    const rows = this.#rows;
    if (!dictionary) {
      for (let index = 0; index < this.#matching; index++)
        this.#count(codes[rows[index] as number] as number, 1);
      return;
    }
    const counts = new Uint32Array(dictionary.length);
    for (let index = 0; index < this.#matching; index++) {
      const code = codes[rows[index] as number] as number;
      counts[code] = (counts[code] as number) + 1;
    }
    for (let code = 0; code < counts.length; code++) {
      if (counts[code] !== 0) this.#count(dictionary[code] as number, counts[code] as number);
    }
  }

  #count(value: number, clicks: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + clicks);
  }

  #addVisitors(high: Column, low: Column): void {
    const visitors = this.#visitors;
    for (let index = 0; index < this.#matching; index++) {
      const row = this.#rows[index] as number;
      visitors.add(valueAt(high, row), valueAt(low, row));
    }
  }
}

function valueAt({ dictionary, codes }: Column, row: number): number {
  const code = codes[row] as number;
  return dictionary ? (dictionary[code] as number) : code;
}

/** Rows are in the order of this column. */
function firstFrom(column: Column, wanted: number): number {
  let low = 0;
  let high = column.codes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(column, middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
