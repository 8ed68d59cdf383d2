import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { columnOf } from '../blocks/block.ts';
import { encodeColumn, valuesOf } from '../blocks/column.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import { INGEST_TURN } from '../ingest/database-ingest-store.ts';
import { readState, writeState } from './statistics-state.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_PER_STEP = 5_000;

/**
 * Deletes raw clicks that are older than so many days, and with them the visitors of the facts of those days: what is
 * left are counts of anonymous facts. A day (UTC) goes as a whole. Piece by piece, so that ingest never waits long.
 */
export class Retention {
  readonly #writer: BatchWriter;
  readonly #days: number;
  /** How far the rows have been looked through for this cut, once a day: late clicks stand among newer ones. */
  #looked = { cut: 0, lastId: 0, done: false };

  /** @param days whole days a raw click is kept, at least 1 */
  constructor(writer: BatchWriter, days: number) {
    this.#writer = writer;
    this.#days = days;
  }

  /** Does a piece of the work. @returns whether there may be more */
  async runOnce(now: number): Promise<boolean> {
    const cut = ((Math.floor(now / DAY_MS) - this.#days) * DAY_MS) / QUARTER_MS;
    if (cut !== this.#looked.cut) this.#looked = { cut, lastId: 0, done: false };
    const { lastId, done } = this.#looked;
    const { looked, forgot } = await this.#writer.transact(async (tx) => {
      await tx.takeTurnIn(INGEST_TURN);
      // Said first: from now on nobody compares with, or waits for, raw clicks of those days.
      if ((await readState(tx, 'raw-from')) < cut) await writeState(tx, 'raw-from', cut);
      return done
        ? { looked: lastId, forgot: await forgetVisitors(tx, cut) }
        : { looked: await deleteRaw(tx, lastId, cut * QUARTER_MS), forgot: false };
    });
    if (done) return forgot;
    this.#looked = { cut, lastId: looked ?? lastId, done: looked === undefined };
    return true;
  }
}

/** @returns the last row that was looked at, undefined when there was none */
async function deleteRaw(tx: BatchTransaction, afterId: number, before: number): Promise<number | undefined> {
  const rows = await tx.all<{ id: number; at: number }>(
    'select id, at from click where id > $1 order by id limit $2',
    [afterId, ROWS_PER_STEP],
  );
  const last = rows.at(-1)?.id;
  if (last !== undefined && rows.some(({ at }) => at < before)) {
    await tx.run('delete from click where id > $1 and id <= $2 and at < $3', [afterId, last, before]);
  }
  return last;
}

/** One block at a time. It gets a new id: whoever remembers the columns of the old one asks for others. */
async function forgetVisitors(tx: BatchTransaction, cut: number): Promise<boolean> {
  const [block] = await tx.all<{ id: number; rows: number }>(
    `select id, rows from click_block
      where from_quarter < $1 and visitors_until < $1
        and exists (select 1 from click_block_column where block_id = click_block.id and name in ('visitorHigh', 'visitorLow'))
      order by id limit 1`,
    [cut],
  );
  if (!block) return false;
  const { id, rows } = block;
  const columns = await tx.all<{ name: string; data: Uint8Array }>(
    `select name, data from click_block_column
      where block_id = $1 and name in ('quarter', 'visitorHigh', 'visitorLow')`,
    [id],
  );
  const quarters = valuesOf(columnOf(columns.find(({ name }) => name === 'quarter')?.data, 'quarter', rows));
  const [renewed] = await tx.all<{ id: number }>(
    `insert into click_block (project_id, run, run_rows, rows, min_link, max_link, from_quarter, to_quarter, visitors_until)
     select project_id, run, run_rows, rows, min_link, max_link, from_quarter, to_quarter, cast($2 as bigint)
       from click_block where id = $1 returning id`,
    [id, cut],
  );
  const newId = (renewed as { id: number }).id;
  await tx.run('update click_block_column set block_id = $1 where block_id = $2', [newId, id]);
  await tx.run('delete from click_block where id = $1', [id]);
  for (const name of ['visitorHigh', 'visitorLow'] as const) {
    const values = valuesOf(columnOf(columns.find((column) => column.name === name)?.data, name, rows));
    const kept = values.map((value, row) => ((quarters[row] as number) < cut ? 0 : value));
    await tx.run('delete from click_block_column where block_id = $1 and name = $2', [newId, name]);
    if (kept.every((value) => value === 0)) continue;
    await tx.insertMany({
      table: 'click_block_column',
      columns: { block_id: 'bigint', name: 'text', data: 'bytea' },
      rows: [[newId, name, encodeColumn(kept)]],
    });
  }
  return true;
}
