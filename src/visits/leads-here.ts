import { isLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { parseUrl } from '../links/destination.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import { hostNameFrom } from '../links/host-name.ts';
import { requestedPath, rootOf } from '../links/requested-path.ts';

/**
 * Whether whoever is sent to a URL visits this installation again: a link, or where one could be. The pages of a shop are
 * elsewhere, though links stand on its host below a prefix.
 *
 * @param visitedHost the `Host` of the visit in hand. A server can be reached under names that nobody has registered, and
 * a circle comes back under the same one
 */
export function leadsHere(
  url: string,
  domains: Pick<DomainDirectory, 'reachedAt' | 'ofHost'>,
  visitedHost?: string,
): boolean {
  const parsed = parseUrl(url);
  if (parsed === null) return false;
  const { host, pathname, search } = parsed;
  const isVisited = visitedHost !== undefined && hostNameFrom(visitedHost) === hostNameFrom(host);
  const isLong = isLongLinkQuery(search.slice(1));
  const place = requestedPath(
    isLong ? rootOf(pathname) : pathname,
    isVisited ? domains.ofHost(visitedHost) : domains.reachedAt(host),
  );
  return place !== undefined && (place.code !== '' || isLong);
}
