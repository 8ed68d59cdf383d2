import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { factsOf } from '../blocks/block.ts';
import { deleteBlock, insertRun, loadBlocks } from '../blocks/block-store.ts';
import { FACT_COLUMNS, type FactColumn, type FactTable } from '../blocks/fact.ts';
import { INGEST_TURN } from '../ingest/database-ingest-store.ts';
import { Codes } from '../ingest/dictionary.ts';
import { FactSums } from './fact-sums.ts';
import { rawFacts } from './raw-facts.ts';
import { readState } from './statistics-state.ts';
import { compareTallies, type TallyDifference, writeTallies } from './tally-check.ts';

export interface RebuildOptions {
  /** Compare only. */
  readonly dryRun: boolean;
  readonly onProgress?: (progress: RebuildProgress) => void;
}

export interface RebuildProgress {
  readonly projectId: number;
  readonly step: 'blocks' | 'raw clicks' | 'counters' | 'writing';
  readonly done: number;
  readonly of: number;
}

export interface RebuildReport {
  /** Raw clicks that were read again. */
  readonly rawClicks: number;
  /** Raw clicks are kept from this quarter hour on; facts from before are taken as they are. 0: all are kept. */
  readonly rawFrom: number;
  readonly factDifferences: readonly { linkId: number; raw: number; statistics: number }[];
  readonly tallyDifferences: readonly TallyDifference[];
  readonly rewritten: boolean;
}

/** Facts of a run that a rebuild writes. */
const RUN_FACTS = 262_144;

/**
 * Makes the statistics once more out of the raw clicks that are kept, and says where they were not the same: there must
 * be no such place. What differs is rewritten. Ingest waits; clicks go on to be journalled meanwhile. In one
 * transaction: readers see the old statistics or the new ones.
 */
export async function rebuildStatistics(
  writer: BatchWriter,
  options: RebuildOptions,
): Promise<RebuildReport> {
  return await writer.transact(async (tx) => {
    await tx.takeTurnIn(INGEST_TURN);
    const rawFrom = await readState(tx, 'raw-from');
    const projects = await tx.all<{ project_id: number }>(
      'select project_id from click_block union select project_id from click order by 1',
      [],
    );
    const report = { rawClicks: 0, rawFrom, rewritten: false };
    const factDifferences: { linkId: number; raw: number; statistics: number }[] = [];
    const tallyDifferences: TallyDifference[] = [];
    for (const { project_id: projectId } of projects) {
      const compared = await compareFacts(tx, projectId, rawFrom, options);
      report.rawClicks += compared.rawClicks;
      factDifferences.push(...compared.differences);
      if (compared.differences.length > 0 && !options.dryRun) {
        await rewriteFacts(tx, projectId, rawFrom, options);
        report.rewritten = true;
      }
    }
    tallyDifferences.push(...(await compareTallies(tx)));
    if (tallyDifferences.length > 0 && !options.dryRun) {
      await writeTallies(tx, tallyDifferences);
      report.rewritten = true;
    }
    return { ...report, factDifferences, tallyDifferences };
  });
}

async function compareFacts(
  tx: BatchTransaction,
  projectId: number,
  rawFrom: number,
  { onProgress = () => {} }: RebuildOptions,
) {
  const inBlocks = new FactSums();
  const blocks = await blockIds(tx, projectId);
  for (const [index, id] of blocks.entries()) {
    inBlocks.add(await loadFacts(tx, id), rawFrom);
    onProgress({ projectId, step: 'blocks', done: index + 1, of: blocks.length });
  }
  const inRaw = new FactSums();
  let rawClicks = 0;
  const of = await lastClickId(tx);
  for await (const { facts, lastId } of rawFacts(
    tx,
    projectId,
    await Codes.ofProject(tx, projectId),
    rawFrom,
  )) {
    inRaw.add(facts, rawFrom);
    rawClicks += facts.link.length;
    onProgress({ projectId, step: 'raw clicks', done: lastId, of });
  }
  const differences = inRaw
    .differencesFrom(inBlocks)
    .map(({ linkId, here, there }) => ({ linkId, raw: here, statistics: there }));
  return { rawClicks, differences };
}

async function rewriteFacts(
  tx: BatchTransaction,
  projectId: number,
  rawFrom: number,
  { onProgress = () => {} }: RebuildOptions,
): Promise<void> {
  const old = await blockIds(tx, projectId);
  let pending: FactTable[] = [];
  const write = async (atLeast: number) => {
    const facts = pending.reduce((sum, { link }) => sum + link.length, 0);
    if (facts === 0 || facts < atLeast) return;
    await insertRun(tx, projectId, joined(pending));
    pending = [];
  };
  for (const id of old) {
    pending.push(before(await loadFacts(tx, id), rawFrom));
    await deleteBlock(tx, id);
    await write(RUN_FACTS);
  }
  const of = await lastClickId(tx);
  for await (const { facts, lastId } of rawFacts(
    tx,
    projectId,
    await Codes.ofProject(tx, projectId),
    rawFrom,
  )) {
    pending.push(facts);
    onProgress({ projectId, step: 'writing', done: lastId, of });
    await write(RUN_FACTS);
  }
  await write(1);
}

async function blockIds(tx: BatchTransaction, projectId: number): Promise<number[]> {
  const rows = await tx.all<{ id: number }>('select id from click_block where project_id = $1 order by id', [
    projectId,
  ]);
  return rows.map(({ id }) => id);
}

async function loadFacts(tx: BatchTransaction, blockId: number): Promise<FactTable> {
  return factsOf(await loadBlocks(tx, 'id = $1', [blockId]));
}

async function lastClickId(tx: BatchTransaction): Promise<number> {
  const [row] = await tx.all<{ id: number | null }>('select max(id) as id from click', []);
  return row?.id ?? 0;
}

/** The facts from before a quarter hour. */
function before(table: FactTable, quarter: number): FactTable {
  return mapColumns((name) => table[name].filter((_, row) => (table.quarter[row] as number) < quarter));
}

function joined(tables: readonly FactTable[]): FactTable {
  const rows = tables.reduce((sum, { link }) => sum + link.length, 0);
  return mapColumns((name) => {
    const all = new Uint32Array(rows);
    let at = 0;
    for (const table of tables) {
      all.set(table[name], at);
      at += table[name].length;
    }
    return all;
  });
}

function mapColumns(column: (name: FactColumn) => Uint32Array): FactTable {
  return Object.fromEntries(FACT_COLUMNS.map((name) => [name, column(name)])) as Record<
    FactColumn,
    Uint32Array
  >;
}
