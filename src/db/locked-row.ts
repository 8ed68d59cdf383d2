import { type SelectQueryBuilder, sql } from 'kysely';
import { Failure } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import type { ConfigTables } from './tables/config-tables.ts';

/**
 * The one row of a query, read in order to be changed: nobody else changes it before this transaction ends.
 *
 * @param called what it is, for whoever is told that it is not there
 * @throws Failure `not-found`
 */
export async function loadLocked<Row>(
  dialect: Dialect,
  query: SelectQueryBuilder<ConfigTables, keyof ConfigTables, Row>,
  called: string,
): Promise<Row> {
  const row = await query.modifyEnd(sql.raw(dialect.forUpdate)).executeTakeFirst();
  if (!row) throw Failure.notFound(called);
  return row;
}
