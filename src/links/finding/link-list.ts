import type { Database, Reader } from '../../db/database.ts';
import type { ClickCount, CountedLink, Link } from '../link.ts';
import { loadFigures, NO_CLICKS } from '../link-figures.ts';
import type { LinkFilter, LinkQuery } from '../link-filter.ts';
import { linkPage, matchingLinks } from './link-page.ts';
import { linksFromRows, linksOf } from './link-row.ts';

/** Where links are read. */
type Source = Pick<Database, 'read' | 'dialect'>;

export async function listLinks({ read, dialect }: Source, query: LinkQuery): Promise<CountedLink[]> {
  const found = await linksOf(read)
    .where('link.id', 'in', linkPage(read, dialect, query))
    .orderBy('link.id', query.oldestFirst ? 'asc' : 'desc')
    .execute();
  return await counted(read, await linksFromRows(read, found));
}

/** How many links there are, whatever the page. */
export async function countLinks({ read, dialect }: Source, filter: LinkFilter): Promise<number> {
  const { n } = await matchingLinks(read, dialect, filter)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return n;
}

export async function findLink(
  read: Reader,
  projectId: number,
  publicId: string,
): Promise<CountedLink | undefined> {
  const rows = await linksOf(read)
    .where('link.project_id', '=', projectId)
    .where('link.public_id', '=', publicId)
    .where('link.deleted_at', 'is', null)
    .execute();
  const [found] = await counted(read, await linksFromRows(read, rows));
  return found;
}

export async function countClicks(read: Reader, link: Link): Promise<ClickCount> {
  return (await loadFigures(read, [link])).get(link.id) ?? NO_CLICKS;
}

async function counted(read: Reader, links: readonly Link[]): Promise<CountedLink[]> {
  const figures = await loadFigures(read, links);
  return links.map((link) => ({ ...link, ...(figures.get(link.id) ?? NO_CLICKS) }));
}
