import type { Snapshot } from '../../db/block-reader.ts';
import type { BlockSummary } from '../blocks/block.ts';
import type { FactColumn } from '../blocks/fact.ts';
import type { ColumnCache } from './column-cache.ts';
import { type ScanColumn, scanColumnOf } from './scan-column.ts';

export interface StoredSummary extends BlockSummary {
  readonly id: number;
}

/** Blocks of a project; pieces of it that overlap the range given. Quarters; `to` is exclusive. */
export async function loadSummaries(
  snapshot: Snapshot,
  projectId: number,
  from: number,
  to: number,
): Promise<StoredSummary[]> {
  const rows = await snapshot.all<{
    id: number;
    rows: number;
    min_link: number;
    max_link: number;
    from_quarter: number;
    to_quarter: number;
  }>(
    `select id, rows, min_link, max_link, from_quarter, to_quarter from click_block
      where project_id = $1 and from_quarter < $2 and to_quarter >= $3 order by id`,
    [projectId, to, from],
  );
  return rows.map((row) => ({
    id: row.id,
    rows: row.rows,
    minLink: row.min_link,
    maxLink: row.max_link,
    fromQuarter: row.from_quarter,
    toQuarter: row.to_quarter,
  }));
}

export interface WantedColumns {
  readonly block: StoredSummary;
  readonly names: readonly FactColumn[];
}

/** Columns of several blocks, from memory where they are there, the others with one reading. */
export async function loadColumns(
  snapshot: Snapshot,
  cache: ColumnCache,
  wanted: readonly WantedColumns[],
): Promise<Map<FactColumn, ScanColumn>[]> {
  const found = wanted.map(() => new Map<FactColumn, ScanColumn>());
  const missing: { at: number; block: StoredSummary; name: FactColumn }[] = [];
  for (const [at, { block, names }] of wanted.entries()) {
    for (const name of names) {
      const column = cache.get(block.id, name);
      if (column) found[at]?.set(name, column);
      else missing.push({ at, block, name });
    }
  }
  if (missing.length === 0) return found;
  const read = await snapshot.columns(missing.map(({ block, name }) => ({ blockId: block.id, name })));
  for (const [index, { at, block, name }] of missing.entries()) {
    const column = scanColumnOf(read[index], name, block.rows);
    cache.add(block.id, name, column);
    found[at]?.set(name, column);
  }
  return found;
}
