import { createHash } from 'node:crypto';
import { LONGEST_HOST, urlHost } from './destination.ts';

/** What a row of `link_route` says of where it leads, and by what it is found. */
export function routeColumns(destination: string) {
  return {
    destination,
    destination_hash: destinationHash(destination),
    destination_host: hostToFind(destination),
  };
}

/** Written in another script, a host may be longer than any that there is; an index has no room for every length. */
function hostToFind(destination: string): string | null {
  const host = urlHost(destination);
  return host.length > LONGEST_HOST ? null : host;
}

export function destinationHash(destination: string): string {
  return createHash('sha256').update(destination).digest('hex').slice(0, 16);
}
