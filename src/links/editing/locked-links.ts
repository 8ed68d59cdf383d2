import { sql } from 'kysely';
import type { Tx } from '../../db/database.ts';
import type { Dialect } from '../../db/dialect.ts';
import { parts } from '../../db/statement-parts.ts';
import { Failure } from '../../errors.ts';
import { configOnly, linksFromRows, linksOf } from '../finding/link-row.ts';
import type { Link } from '../link.ts';

/** Reads links in order to change them in this transaction, in the order of their ids. Those that are not there are left out. */
export async function lockLinks(
  tx: Tx,
  dialect: Dialect,
  projectId: number,
  publicIds: readonly string[],
): Promise<Link[]> {
  const wanted: number[] = [];
  for (const part of parts(publicIds)) {
    const found = await tx.db
      .selectFrom('link')
      .select('id')
      .where('project_id', '=', projectId)
      .where('public_id', 'in', part)
      .execute();
    wanted.push(...found.map(({ id }) => id));
  }
  const links: Link[] = [];
  // In one order over all parts: two that want the same links then wait for each other instead of deadlocking.
  for (const part of parts(wanted.sort((a, b) => a - b))) {
    const locked = await tx.db
      .selectFrom('link')
      .select('id')
      .where('id', 'in', part)
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .modifyEnd(sql.raw(dialect.forUpdate))
      .execute();
    if (locked.length === 0) continue;
    const ids = locked.map(({ id }) => id);
    const rows = await linksOf(configOnly(tx))
      .where('link.id', 'in', ids)
      // Said of each table: a PostgreSQL that has not counted its rows yet would read all codes there are otherwise.
      .where('link_code.link_id', 'in', ids)
      .where('link_route.link_id', 'in', ids)
      .orderBy('link.id')
      .execute();
    links.push(...(await linksFromRows(configOnly(tx), rows)));
  }
  return links;
}

/** @throws Failure `not-found` */
export async function lockLink(tx: Tx, dialect: Dialect, projectId: number, publicId: string): Promise<Link> {
  const [link] = await lockLinks(tx, dialect, projectId, [publicId]);
  if (!link) throw Failure.notFound(`Link ${publicId}`);
  return link;
}
