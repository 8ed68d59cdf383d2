import type { Reader } from '../../db/database.ts';
import type { Dialect } from '../../db/dialect.ts';
import type { LinkFilter, LinkQuery } from '../link-filter.ts';
import { linkCondition } from './link-condition.ts';
import { linksWithCodeAndRoute } from './link-row.ts';

/**
 * The rows of `link` that match. Code and route are joined only to look for a text in them: counting a million links
 * joins nothing it does not need. And they are joined, for PostgreSQL answers one `exists` of several alternatives by
 * reading the codes and routes of every project (4 s beside a project with a million links).
 */
export function matchingLinks(db: Reader, dialect: Dialect, filter: LinkFilter) {
  const looksInside = (filter.search ?? filter.named) !== undefined;
  const links = looksInside ? linksWithCodeAndRoute(db) : db.selectFrom('link');
  return links.where(linkCondition(dialect, filter));
}

/**
 * The ids of a page of links. Whoever shows them joins the rest to these few: joined first, PostgreSQL may walk through
 * the newer links of all other projects (0.7 s behind 100,000 of them).
 */
export function linkPage(db: Reader, dialect: Dialect, query: LinkQuery) {
  const { before, after, limit, offset, oldestFirst } = query;
  let page = matchingLinks(db, dialect, query).select('link.id');
  if (before !== undefined) page = page.where('link.id', '<', before);
  if (after !== undefined) page = page.where('link.id', '>', after);
  if (offset !== undefined) page = page.offset(offset);
  return page.orderBy('link.id', oldestFirst ? 'asc' : 'desc').limit(limit);
}
