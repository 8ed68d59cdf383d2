import type { Tx } from '../db/database.ts';
import type { Link, LinkSource, Social } from './link.ts';

/** Has pages read for what they say of themselves. */
export interface PageQueue {
  /** Soon, once this transaction has committed. */
  queue(tx: Tx, urls: readonly string[]): Promise<void>;
}

/** What a link says of itself when it is shared. */
type Described = Pick<Link, 'title'> & { readonly social: Pick<Social, 'title'> };

/** A link without a title is called what the page it leads to is called. */
export function isNameless({ title, social }: Described): boolean {
  return title === '' && (social.title ?? '') === '';
}

/** Links made many at a time wait for somebody to ask: a file of a million links must not have a million pages read. */
const MADE_MANY_AT_A_TIME: readonly LinkSource[] = ['bulk', 'import'];

/** The pages to be read now for links just made. */
export function pagesOfNew(links: readonly Link[]): string[] {
  return links
    .filter((link) => isNameless(link) && !MADE_MANY_AT_A_TIME.includes(link.source))
    .map(({ route }) => route.destination);
}

/** The page to be read because a link leads to it now, or has lost its own title. */
export function pagesOfChanged(before: Link, after: Link): string[] {
  const isNew = after.route.destination !== before.route.destination || !isNameless(before);
  return isNew && isNameless(after) ? [after.route.destination] : [];
}
