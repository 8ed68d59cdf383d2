import type { BatchInsert, BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

const COLUMNS = {
  click_id: 'text',
  kind: 'integer',
  at: 'bigint',
  link_id: 'bigint',
  group_id: 'bigint',
  domain_id: 'bigint',
  route_id: 'bigint',
  flags: 'integer',
  visitor: 'text',
  user_agent: 'text',
  language: 'text',
  referrer_host: 'text',
  utm: 'text',
  country: 'text',
  region: 'text',
  city: 'text',
  device: 'text',
  os: 'text',
  browser: 'text',
  language_tag: 'text',
  project_id: 'bigint',
} as const satisfies BatchInsert['columns'];

export type ClickColumns = Record<keyof typeof COLUMNS, string | number | null>;

let made = 0;

export function clickRow(changes: Partial<ClickColumns> = {}): ClickColumns {
  made += 1;
  return {
    click_id: made.toString(16).padStart(32, '0'),
    kind: 1,
    at: Date.UTC(2026, 5, 15) + made,
    link_id: 1,
    group_id: null,
    domain_id: 1,
    route_id: 1,
    flags: 0,
    visitor: (made % 7).toString(16).padStart(16, 'a'),
    user_agent: 'Mozilla/5.0',
    language: 'ko-KR,ko;q=0.9',
    referrer_host: 'news.example',
    utm: null,
    country: 'KR',
    region: '11',
    city: 'Seoul',
    device: 'mobile',
    os: 'iOS',
    browser: 'Safari',
    language_tag: 'ko',
    project_id: 1,
    ...changes,
  };
}

/** Rows of `click` as they stand, past ingest, which would take a minute for a million of them. */
export async function insertClickRows(
  where: BatchWriter | StoreLocation,
  rows: readonly ClickColumns[],
): Promise<void> {
  const writer = 'transact' in where ? where : openBatchWriter(where);
  const names = Object.keys(COLUMNS) as (keyof ClickColumns)[];
  await writer.transact(async (tx) => {
    await tx.takeTurnIn('ingest');
    await tx.insertMany({
      table: 'click',
      columns: COLUMNS,
      rows: rows.map((row) => names.map((name) => row[name])),
    });
  });
  if (writer !== where) await writer.close();
}
