import type { Tx } from '../../db/database.ts';
import type { Dialect } from '../../db/dialect.ts';
import type { Link } from '../link.ts';
import { leadsOn } from '../link-status.ts';
import { linkPage } from './link-page.ts';
import { configOnly, linkFromRow, linksOf } from './link-row.ts';

/** How many links to one destination are looked at for one that can be used again. */
const LOOKED_AT = 100;

/** The oldest active link of the project on that domain to exactly this destination; without its tags. */
export async function findReusable(
  tx: Tx,
  dialect: Dialect,
  wanted: { readonly projectId: number; readonly domainId: number; readonly destination: string },
  now: number,
): Promise<Link | undefined> {
  const db = configOnly(tx);
  const oldest = linkPage(db, dialect, { ...wanted, oldestFirst: true, limit: LOOKED_AT });
  const rows = await linksOf(db).where('link.id', 'in', oldest).orderBy('link.id').execute();
  return rows.map((row) => linkFromRow(row, [])).find((link) => leadsOn(link, link.group?.settings, now));
}
