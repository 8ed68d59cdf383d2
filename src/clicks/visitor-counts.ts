import { type SqlBool, sql } from 'kysely';
import type { Reader } from '../db/database.ts';
import { ClickKind, NOT_A_CLICK } from './click-record.ts';

/**
 * How many different visitors each link has had, the opening balance of an import included. It reads every click of
 * these links: for a page of them, not for a report.
 */
export async function countVisitors(read: Reader, linkIds: readonly number[]): Promise<Map<number, number>> {
  if (linkIds.length === 0) return new Map();
  const imported = await read
    .selectFrom('link')
    .select(['id', 'imported_visitors'])
    .where('id', 'in', linkIds)
    .execute();
  const seen = await read
    .selectFrom('click')
    .select((eb) => ['link_id', eb.fn.count<number>('visitor').distinct().as('visitors')])
    .where('link_id', 'in', linkIds)
    .where('kind', '=', ClickKind.click)
    .where(sql<SqlBool>`flags & ${NOT_A_CLICK} = 0`)
    .groupBy('link_id')
    .execute();
  const counts = new Map(imported.map(({ id, imported_visitors }) => [id, imported_visitors]));
  for (const { link_id, visitors } of seen) counts.set(link_id, (counts.get(link_id) ?? 0) + visitors);
  return counts;
}
