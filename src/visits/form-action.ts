/** Longer queries would make the page larger than it may be. */
const LONGEST_ACTION_QUERY = 1_000;

/**
 * Where the form of a visited link is posted: to the same link, with a slash at its end or, if it was visited so,
 * without. A browser that posts to the URL of a page it has kept forgets the page (RFC 9111, section 4.4), and where
 * it keeps none in memory (Android's in-app browsers) the page is what its Back button needs.
 *
 * @param visited path and query that were asked for
 * @param query of the visit, without `?`
 * @returns null for the visited URL itself
 */
export function formAction(visited: string, shortUrl: string, query: string): string | null {
  if (query.length > LONGEST_ACTION_QUERY) return null;
  const path = new URL(shortUrl).pathname;
  const other = visited.split('?', 1)[0]?.endsWith('/') ? path : `${path}/`;
  return query === '' ? other : `${other}?${query}`;
}
