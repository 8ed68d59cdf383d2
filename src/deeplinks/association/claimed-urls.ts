import type { Domain } from '../../links/domain.ts';
import type { UrlComponent } from './url-component.ts';

/** What a link has beside itself, at the next segment of its path: pages for people, no links. */
export const PAGES_OF_A_LINK: readonly string[] = ['qr', 'stats'];

/**
 * Which URLs of a host an app may open: the links of the domains it may be associated with, and nothing that is ours.
 *
 * @param host the domains of one host, longest path prefix first
 * @param mayOpen whether the app belongs to those who make links on a domain
 * @param reserved first segments of paths that are no links
 * @returns in the order in which they are tried; empty when there is no link for it here
 */
export function claimedUrls(
  host: readonly Domain[],
  mayOpen: (domain: Domain) => boolean,
  reserved: readonly string[],
): UrlComponent[] {
  if (!host.some(mayOpen)) return [];
  return [
    // The page that shows where a link leads.
    exclude('/*', { '?': { d: '1' } }),
    // Served with a slash at the end, too.
    ...PAGES_OF_A_LINK.flatMap((page) => [exclude(`/*/${page}`), exclude(`/*/${page}/`)]),
    ...host.flatMap((domain) => ofDomain(domain, mayOpen(domain), reserved)),
  ];
}

function ofDomain({ pathPrefix }: Domain, mayOpen: boolean, reserved: readonly string[]): UrlComponent[] {
  const root = pathPrefix === '' ? '/' : `/${pathPrefix}/`;
  // Links below the prefix are for other apps; without one there is nothing left to be told.
  if (!mayOpen) return pathPrefix === '' ? [] : [exclude(`${root}*`)];
  return [
    ...(pathPrefix === '' ? reserved.flatMap((segment) => [`/${segment}`, `/${segment}/*`]) : []).map(
      (path) => exclude(path),
    ),
    // The root is no link, unless it says in its query where it leads. (`?*`: at least one character.)
    ...(pathPrefix === '' ? [] : [{ '/': `/${pathPrefix}`, '?': { link: '?*' } }]),
    { '/': root, '?': { link: '?*' } },
    exclude(root),
    { '/': `${root}*` },
  ];
}

function exclude(path: string, more: UrlComponent = {}): UrlComponent {
  return { '/': path, ...more, exclude: true };
}
