import type { BatchReader } from '../../db/batch-writer.ts';
import { type FactTable, QUARTER_MS, tableOf } from '../blocks/fact.ts';
import type { Codes } from '../ingest/dictionary.ts';
import { factOf } from '../ingest/fact-of-click.ts';
import { type ClickRow, isFact, knownClick } from '../ingest/known-click.ts';

const ROWS_PER_PAGE = 10_000;

/** The facts of a project's raw clicks, a page at a time, flags as stored. */
export async function* rawFacts(
  reader: BatchReader,
  projectId: number,
  codes: Codes,
  fromQuarter: number,
): AsyncGenerator<{ readonly facts: FactTable; readonly lastId: number }> {
  let lastId = 0;
  for (;;) {
    const rows = await reader.all<ClickRow & { project_id: number }>(
      'select * from click where id > $1 order by id limit $2',
      [lastId, ROWS_PER_PAGE],
    );
    if (rows.length === 0) return;
    lastId = (rows.at(-1) as ClickRow).id;
    const clicks = rows
      .filter((row) => row.project_id === projectId && row.at >= fromQuarter * QUARTER_MS)
      .map(knownClick)
      .filter(isFact);
    yield { facts: tableOf(clicks.map((click) => factOf(click, projectId, codes))), lastId };
  }
}
