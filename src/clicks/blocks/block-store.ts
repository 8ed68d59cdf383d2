import type { BatchReader, BatchTransaction } from '../../db/batch-writer.ts';
import { type Block, buildBlocks, factsOf } from './block.ts';
import type { FactColumn, FactTable } from './fact.ts';
import { type Run, runsToMerge } from './merge-plan.ts';

/** Adds facts as a run of their own. @param facts of one project, at least one */
export async function insertRun(tx: BatchTransaction, projectId: number, facts: FactTable): Promise<void> {
  const blocks = buildBlocks(facts);
  const [last] = await tx.all<{ run: number | null }>(
    'select max(run) as run from click_block where project_id = $1',
    [projectId],
  );
  const run = (last?.run ?? 0) + 1;
  const runRows = blocks.reduce((sum, { rows }) => sum + rows, 0);
  for (const block of blocks) await insertBlock(tx, projectId, run, runRows, block);
}

async function insertBlock(
  tx: BatchTransaction,
  projectId: number,
  run: number,
  runRows: number,
  { rows, minLink, maxLink, fromQuarter, toQuarter, columns }: Block,
): Promise<void> {
  const [inserted] = await tx.all<{ id: number }>(
    `insert into click_block (project_id, run, run_rows, rows, min_link, max_link, from_quarter, to_quarter)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [projectId, run, runRows, rows, minLink, maxLink, fromQuarter, toQuarter],
  );
  const { id } = inserted as { id: number };
  await tx.insertMany({
    table: 'click_block_column',
    columns: { block_id: 'bigint', name: 'text', data: 'bytea' },
    rows: [...columns].map(([name, data]) => [id, name, data]),
  });
}

/**
 * Merges runs of a project that have become too many, once. Readers who began before see the old blocks to their end.
 *
 * @returns how many facts were rewritten, 0 when nothing had to be done
 */
export async function mergeOnce(tx: BatchTransaction, projectId: number): Promise<number> {
  const runs = await tx.all<Run>(
    `select run, max(run_rows) as rows from click_block where project_id = $1 group by run order by run`,
    [projectId],
  );
  const chosen = runsToMerge(runs);
  if (chosen.length === 0) return 0;
  const blocks = [];
  for (const { run } of chosen) blocks.push(...(await takeRun(tx, projectId, run)));
  const facts = factsOf(blocks);
  await insertRun(tx, projectId, facts);
  return facts.link.length;
}

/** Removes a run and says what was in it. */
async function takeRun(tx: BatchTransaction, projectId: number, run: number): Promise<StoredBlock[]> {
  const blocks = await loadBlocks(tx, 'project_id = $1 and run = $2', [projectId, run]);
  for (const { id } of blocks) await deleteBlock(tx, id);
  return blocks;
}

/** With all its columns. */
export async function deleteBlock(tx: BatchTransaction, id: number): Promise<void> {
  await tx.run('delete from click_block_column where block_id = $1', [id]);
  await tx.run('delete from click_block where id = $1', [id]);
}

export interface StoredBlock extends Pick<Block, 'rows' | 'columns'> {
  readonly id: number;
}

/** Blocks with all their columns. @param condition on `click_block` */
export async function loadBlocks(
  reader: BatchReader,
  condition: string,
  parameters: readonly number[],
): Promise<StoredBlock[]> {
  const blocks = await reader.all<{ id: number; rows: number }>(
    `select id, rows from click_block where ${condition} order by id`,
    parameters,
  );
  const loaded: StoredBlock[] = [];
  for (const { id, rows } of blocks) {
    const columns = await reader.all<{ name: FactColumn; data: Uint8Array }>(
      'select name, data from click_block_column where block_id = $1',
      [id],
    );
    loaded.push({ id, rows, columns: new Map(columns.map(({ name, data }) => [name, data])) });
  }
  return loaded;
}
