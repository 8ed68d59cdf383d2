import type { BlockReader, Snapshot } from '../../db/block-reader.ts';
import { Failure } from '../../errors.ts';
import type { FactColumn } from '../blocks/fact.ts';
import { assembleAnswer } from './assemble-answer.ts';
import { loadColumns, loadSummaries, type StoredSummary } from './block-columns.ts';
import { BlockScan, VISITOR_COLUMNS } from './block-scan.ts';
import { ColumnCache } from './column-cache.ts';
import { planQuestion, type QuarterRange, quartersOf } from './plan-question.ts';
import type { StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { ScanColumn } from './scan-column.ts';
import { TextCodes } from './text-codes.ts';
import type { VisitorCount } from './visitor-count.ts';

/** A question about a whole project reads a thousand columns: some at a time, to bound the memory of a reading. */
const BLOCKS_AT_ONCE = 8;
/** Another question that came meanwhile gets its turn after so long. */
const TURN_MS = 5;

export interface EngineOptions {
  readonly reader: BlockReader;
  readonly cacheBytes: number;
  /** Longest time for one question. */
  readonly timeoutMs: number;
}

/** Answers questions by scanning blocks. Several may be asked at once; each sees the store as it was at one moment. */
export class StatisticsEngine {
  readonly #reader: BlockReader;
  readonly #timeoutMs: number;
  readonly #cache: ColumnCache;
  readonly #texts = new TextCodes();

  constructor({ reader, cacheBytes, timeoutMs }: EngineOptions) {
    this.#reader = reader;
    this.#timeoutMs = timeoutMs;
    this.#cache = new ColumnCache(cacheBytes);
  }

  /**
   * @param foreignOff links that leave foreign clicks out, ascending; asked for with `foreign: 'effective'` only
   * @param signal fires when nobody wants the answer any more
   * @throws Failure `unavailable` when it takes too long, `abandoned` @throws what the store throws
   */
  ask(
    question: StatisticsQuestion,
    foreignOff: Uint32Array,
    signal?: AbortSignal,
  ): Promise<StatisticsAnswer> {
    const deadline = performance.now() + this.#timeoutMs;
    return this.#reader.snapshot(async (snapshot) => {
      const asked = quartersOf(question);
      const blocks = await loadSummaries(snapshot, question.projectId, asked.from, asked.to);
      const data = partWithClicks(asked, blocks);
      const planned = await planQuestion(question, data, foreignOff, this.#texts, snapshot);
      const turn = new Turn(deadline, signal);
      await turn.next();
      const scan = new BlockScan(planned.plan);
      const pass = new Pass(snapshot, this.#cache, turn);
      const matching = await pass.count(
        scan,
        blocks.filter((block) => scan.mayConcern(block)),
      );
      const visitors = question.visitors ? scan.startVisitors() : null;
      if (visitors) await pass.countVisitors(scan, visitors, matching);
      return await assembleAnswer({ question, planned, scan, visitors }, this.#texts, snapshot);
    });
  }
}

/** Goes over the blocks of one question. */
class Pass {
  readonly #snapshot: Snapshot;
  readonly #cache: ColumnCache;
  readonly #turn: Turn;

  constructor(snapshot: Snapshot, cache: ColumnCache, turn: Turn) {
    this.#snapshot = snapshot;
    this.#cache = cache;
    this.#turn = turn;
  }

  /** @returns the blocks that have rows which count */
  async count(scan: BlockScan, blocks: readonly StoredSummary[]): Promise<StoredSummary[]> {
    const matching: StoredSummary[] = [];
    for (let at = 0; at < blocks.length; at += BLOCKS_AT_ONCE) {
      await this.#turn.next();
      const some = blocks.slice(at, at + BLOCKS_AT_ONCE);
      // What it takes to filter, first: many a block turns out to have nothing of what is looked for.
      const columns = await this.#load(some, (block) => scan.columnsToFilter(block));
      const perhaps = some.filter((block, index) =>
        scan.hasMatches({ ...block, columns: columns[index] as Columns }),
      );
      const all = await this.#load(perhaps, (block) => [
        ...scan.columnsToFilter(block),
        ...scan.columnsToCount(),
      ]);
      for (const [index, block] of perhaps.entries()) {
        if (scan.add({ ...block, columns: all[index] as Columns })) matching.push(block);
        await this.#turn.next();
      }
    }
    return matching;
  }

  async countVisitors(
    scan: BlockScan,
    visitors: VisitorCount,
    blocks: readonly StoredSummary[],
  ): Promise<void> {
    for (let at = 0; at < blocks.length; at += BLOCKS_AT_ONCE) {
      await this.#turn.next();
      const some = blocks.slice(at, at + BLOCKS_AT_ONCE);
      const columns = await this.#load(some, (block) => [
        ...scan.columnsToFilter(block),
        ...scan.columnsToCount(),
        ...VISITOR_COLUMNS,
      ]);
      for (const [index, block] of some.entries()) {
        scan.addVisitors(visitors, { ...block, columns: columns[index] as Columns });
        await this.#turn.next();
      }
    }
  }

  #load(
    blocks: readonly StoredSummary[],
    namesOf: (block: StoredSummary) => readonly FactColumn[],
  ): Promise<Columns[]> {
    const wanted = blocks.map((block) => ({ block, names: [...new Set(namesOf(block))] }));
    return loadColumns(this.#snapshot, this.#cache, wanted);
  }
}

type Columns = ReadonlyMap<FactColumn, ScanColumn>;

function partWithClicks(asked: QuarterRange, blocks: readonly StoredSummary[]): QuarterRange {
  let from = asked.to;
  let to = asked.from;
  for (const { fromQuarter, toQuarter } of blocks) {
    from = Math.min(from, fromQuarter);
    to = Math.max(to, toQuarter + 1);
  }
  return blocks.length === 0
    ? { from: asked.from, to: asked.from }
    : { from: Math.max(from, asked.from), to: Math.min(to, asked.to) };
}

/** Lets others of this thread have a turn, and ends what takes too long or is not wanted any more. */
class Turn {
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  #begunAt = performance.now();

  constructor(deadline: number, signal: AbortSignal | undefined) {
    this.#deadline = deadline;
    this.#signal = signal;
  }

  async next(): Promise<void> {
    if (this.#signal?.aborted) {
      throw new Failure('abandoned', 'Nobody waits for the answer any more.');
    }
    const now = performance.now();
    if (now > this.#deadline) {
      throw new Failure(
        'unavailable',
        'The statistics took too long to count; ask for a shorter time or for fewer figures.',
      );
    }
    if (now - this.#begunAt < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#begunAt = performance.now();
  }
}
