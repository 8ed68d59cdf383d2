import type { DomainDirectory } from '../links/domain-directory.ts';
import { type RequestedPath, requestedPath } from '../links/requested-path.ts';
import { originForm, pathOf, queryOf } from '../visits/request-url.ts';

/**
 * The link before a last segment that is a word of ours: `/{code}/stats`, `/{code}/qr`, with the domain's path prefix
 * as for links, with or without a slash at the end.
 *
 * @param path of the URL, starting with `/`, without query
 * @param isReserved whether no link's path can begin with a segment
 * @returns undefined when the path is somebody else's to answer
 */
export function linkBefore(
  word: string,
  path: string,
  host: string | undefined,
  directory: Pick<DomainDirectory, 'ofHost'>,
  isReserved: (segment: string) => boolean,
): RequestedPath | undefined {
  const whole = path.endsWith('/') ? path.slice(0, -1) : path;
  if (!whole.endsWith(`/${word}`)) return undefined;
  const domains = directory.ofHost(host);
  // With a slash at its end it may be the root of a domain whose prefix ends like this.
  if (path !== whole && requestedPath(path, domains)) return undefined;
  const ofLink = whole.slice(0, -word.length - 1);
  if (ofLink === '' || ofLink.endsWith('/') || isReserved(ofLink.split('/', 2)[1] ?? '')) return undefined;
  const place = requestedPath(ofLink, domains);
  return place && place.code !== '' ? place : undefined;
}

/** Of a request: as visits cut it. */
export function splitRequestUrl(url: string): [path: string, query: string] {
  const asked = originForm(url);
  return [pathOf(asked), queryOf(asked)];
}
