import type { Domain } from '../../links/domain.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import { linkBefore } from '../word-behind-code.ts';

/** Whose statistics a URL asks for, before anybody knows whether there are any. */
export type AskedPage =
  | { readonly kind: 'link'; readonly domain: Domain; readonly code: string }
  | { readonly kind: 'group'; readonly publicId: string; readonly domains: readonly Domain[] };

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
  const publicId = OF_A_GROUP.exec(path)?.[1];
  if (publicId !== undefined) return { kind: 'group', publicId, domains: directory.ofHost(host) };
  const place = linkBefore('stats', path, host, directory, isReserved);
  return place && { kind: 'link', ...place };
}
