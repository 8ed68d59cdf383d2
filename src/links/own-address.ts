import type { FieldProblem } from '../errors.ts';
import { parseUrl } from './destination.ts';
import type { Domain } from './domain.ts';
import { hostNameFrom } from './host-name.ts';
import { PLATFORMS } from './link-app.ts';
import type { LinkInput } from './link-input.ts';
import { requestedPath } from './requested-path.ts';

/** @param code of the link, on that domain. @param path where the caller named the link */
export function ownAddressProblems(
  { destination, desktopUrl, apps, settings }: LinkInput,
  domain: Domain,
  code: string,
  path = '',
): FieldProblem[] {
  const places: [field: string, url: string | null | undefined][] = [
    ['destination', destination],
    ['desktopUrl', desktopUrl],
  ];
  for (const platform of PLATFORMS) {
    const app = apps?.[platform];
    if (!app || !('identifier' in app)) continue;
    places.push([`apps.${platform}.storeUrl`, app.storeUrl]);
    places.push([`apps.${platform}.ipadStoreUrl`, app.ipadStoreUrl]);
  }
  if (typeof settings?.expiredUrl === 'string') places.push(['settings.expiredUrl', settings.expiredUrl]);
  return places.flatMap(([field, url]) =>
    url != null && isAddress(url, domain, code)
      ? [{ field: path + field, message: 'is the short URL of the link itself; say where it leads' }]
      : [],
  );
}

/** Whatever the query: it travels on, and visitors would come back with it. */
function isAddress(url: string, domain: Domain, code: string): boolean {
  const parsed = parseUrl(url);
  if (parsed === null || hostNameFrom(parsed.host) !== domain.host) return false;
  return requestedPath(parsed.pathname, [domain])?.code === code;
}
