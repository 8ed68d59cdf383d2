import type { Tx } from '../db/database.ts';
import type { Link, LinkSource, Social } from './link.ts';

/** Has pages read for what they say of themselves. */
export interface PageQueue {
  /** Soon, once this transaction has committed. */
  queue(tx: Tx, urls: readonly string[]): Promise<void>;
}

/** What a link says of itself when it is shared. */
type Described = Pick<Link, 'title' | 'description' | 'imageUrl'> & { readonly social: Social };

/** Whatever a link does not say of itself (title, description, picture), the page it leads to is asked for. */
function needsPage({ title, description, imageUrl, social }: Described): boolean {
  return (
    (social.title || title) === '' ||
    (social.description || description) === '' ||
    (social.imageUrl || imageUrl || '') === ''
  );
}

/** Links made many at a time wait for somebody to ask: a file of a million links must not have a million pages read. */
const MADE_MANY_AT_A_TIME: readonly LinkSource[] = ['bulk', 'import'];

/** The pages to be read now for links just made. */
export function pagesOfNew(links: readonly Link[]): string[] {
  return links
    .filter((link) => needsPage(link) && !MADE_MANY_AT_A_TIME.includes(link.source))
    .map(({ route }) => route.destination);
}

/** The page to be read because a link leads to it now, or has lost something of its own. */
export function pagesOfChanged(before: Link, after: Link): string[] {
  const isNew = after.route.destination !== before.route.destination || !needsPage(before);
  return isNew && needsPage(after) ? [after.route.destination] : [];
}
