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
  return [...PAGES, ...host.flatMap((domain) => ofDomain(domain, mayOpen(domain), reserved))];
}

/**
 * The same for a host with very many domains, in as few components as there can be: a prefix is named only where it is
 * another matter than what it stands in. What it costs: `/share/` opens the app, and below no prefix, where there are no
 * links, everything does if the app may open all prefixes.
 */
export function claimedInBrief(
  host: readonly Domain[],
  mayOpen: (domain: Domain) => boolean,
  reserved: readonly string[],
): UrlComponent[] {
  if (!host.some(mayOpen)) return [];
  const opens = new Map(host.map((domain) => [domain.pathPrefix, mayOpen(domain)]));
  const opensRoot = opens.get('') ?? host.every(mayOpen);
  const others = host.filter(
    ({ pathPrefix }) =>
      pathPrefix !== '' && opens.get(pathPrefix) !== (opensAround(pathPrefix, opens) ?? opensRoot),
  );
  return [
    ...PAGES,
    ...others.map(({ pathPrefix }) => ({
      '/': `/${pathPrefix}/*`,
      ...(opens.get(pathPrefix) ? {} : { exclude: true }),
    })),
    ...(opensRoot ? ofDomain({ pathPrefix: '' }, true, reserved) : []),
  ];
}

/** Of the nearest domain that a path prefix stands in; undefined when that can only be the root. */
function opensAround(pathPrefix: string, opens: ReadonlyMap<string, boolean>): boolean | undefined {
  for (let end = pathPrefix.lastIndexOf('/'); end > 0; end = pathPrefix.lastIndexOf('/', end - 1)) {
    const around = opens.get(pathPrefix.slice(0, end));
    if (around !== undefined) return around;
  }
  return undefined;
}

/** What is no link on any domain. */
const PAGES: readonly UrlComponent[] = [
  // The page that shows where a link leads.
  exclude('/*', { '?': { d: '1' } }),
  // Served with a slash at the end, too.
  ...PAGES_OF_A_LINK.flatMap((page) => [exclude(`/*/${page}`), exclude(`/*/${page}/`)]),
];

function ofDomain(
  { pathPrefix }: Pick<Domain, 'pathPrefix'>,
  mayOpen: boolean,
  reserved: readonly string[],
): UrlComponent[] {
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
