import type { Domain } from '../../links/domain.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import { requestedPath } from '../../visits/visit-request.ts';

/** Whose statistics a URL asks for, before anybody knows whether there are any. */
export type AskedPage =
  | { readonly kind: 'link'; readonly domain: Domain; readonly code: string }
  | { readonly kind: 'group'; readonly publicId: string; readonly domains: readonly Domain[] };

const LAST_SEGMENT = /\/stats\/?$/;
const OF_A_GROUP = /^\/group\/([^/]*)\/stats\/?$/;

/** Whether it is worth looking closer: asked of every request, so it must cost next to nothing. */
export function mayBeStatisticsUrl(url: string): boolean {
  return url.includes('/stats');
}

/**
 * `/{code}/stats` on a short domain, with the domain's path prefix as for links, and `/group/{public id}/stats`.
 *
 * @param path of the URL, starting with `/`, without query
 * @param isReserved whether no link's path can begin with a segment
 * @returns undefined when the path is somebody else's to answer
 */
export function askedPage(
  path: string,
  host: string | undefined,
  directory: Pick<DomainDirectory, 'ofHost'>,
  isReserved: (segment: string) => boolean,
): AskedPage | undefined {
  const tail = LAST_SEGMENT.exec(path);
  if (!tail) return undefined;
  const domains = directory.ofHost(host);
  const publicId = OF_A_GROUP.exec(path)?.[1];
  if (publicId !== undefined) return { kind: 'group', publicId, domains };
  // With a slash at its end it may be the root of a domain whose prefix ends like this.
  if (path.endsWith('/') && requestedPath(path, domains)) return undefined;
  const ofLink = path.slice(0, tail.index);
  if (ofLink.endsWith('/') || isReserved(ofLink.split('/', 2)[1] ?? '')) return undefined;
  const place = ofLink === '' ? undefined : requestedPath(ofLink, domains);
  return place && place.code !== '' ? { kind: 'link', ...place } : undefined;
}
