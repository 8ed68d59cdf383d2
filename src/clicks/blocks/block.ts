import { type Column, constantColumn, decodeColumn, encodeColumn, valuesOf } from './column.ts';
import { FACT_COLUMNS, type FactColumn, type FactTable } from './fact.ts';

/** A block has at most so many facts, so that a row's index fits two bytes. */
export const BLOCK_ROWS = 65_536;

/** What a block says of itself without being opened; links and quarters are inclusive. */
export interface BlockSummary {
  readonly rows: number;
  readonly minLink: number;
  readonly maxLink: number;
  readonly fromQuarter: number;
  readonly toQuarter: number;
}

/** Facts that never change any more, ordered by link, then quarter. A column in which all rows are usual is left out. */
export interface Block extends BlockSummary {
  readonly columns: ReadonlyMap<FactColumn, Uint8Array>;
}

/** What a column says where a block leaves it out. */
export const USUAL: Readonly<Record<FactColumn, number>> = {
  ...(Object.fromEntries(FACT_COLUMNS.map((column) => [column, 0])) as Record<FactColumn, number>),
  weight: 1,
};

/** Orders the facts and cuts them into blocks whose links hardly overlap. */
export function buildBlocks(table: FactTable): Block[] {
  const order = orderOf(table);
  const blocks: Block[] = [];
  for (let start = 0; start < order.length; start += BLOCK_ROWS) {
    blocks.push(buildBlock(table, order.subarray(start, start + BLOCK_ROWS)));
  }
  return blocks;
}

function orderOf({ link, quarter }: FactTable): Uint32Array {
  const order = new Uint32Array(link.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  return order.sort(
    (a, b) =>
      (link[a] as number) - (link[b] as number) || (quarter[a] as number) - (quarter[b] as number) || a - b,
  );
}

function buildBlock(table: FactTable, rows: Uint32Array): Block {
  const columns = new Map<FactColumn, Uint8Array>();
  for (const name of FACT_COLUMNS) {
    const all = table[name];
    const usual = USUAL[name];
    const values = new Uint32Array(rows.length);
    let saysMore = false;
    for (let at = 0; at < rows.length; at++) {
      const value = all[rows[at] as number] as number;
      values[at] = value;
      if (value !== usual) saysMore = true;
    }
    if (saysMore) columns.set(name, encodeColumn(values));
  }
  const { link, quarter } = table;
  let fromQuarter = Number.POSITIVE_INFINITY;
  let toQuarter = 0;
  for (const row of rows) {
    fromQuarter = Math.min(fromQuarter, quarter[row] as number);
    toQuarter = Math.max(toQuarter, quarter[row] as number);
  }
  return {
    rows: rows.length,
    minLink: link[rows[0] as number] as number,
    maxLink: link[rows.at(-1) as number] as number,
    fromQuarter,
    toQuarter,
    columns,
  };
}

/** A column of a block, whether it is there or left out. */
export function columnOf(bytes: Uint8Array | undefined, name: FactColumn, rows: number): Column {
  return bytes ? decodeColumn(bytes, rows) : constantColumn(USUAL[name], rows);
}

/** All facts of some blocks, to build new ones of. */
export function factsOf(blocks: readonly Pick<Block, 'rows' | 'columns'>[]): FactTable {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const table = {} as Record<FactColumn, Uint32Array>;
  for (const name of FACT_COLUMNS) {
    const values = new Uint32Array(rows);
    let at = 0;
    for (const block of blocks) {
      values.set(valuesOf(columnOf(block.columns.get(name), name, block.rows)), at);
      at += block.rows;
    }
    table[name] = values;
  }
  return table;
}
