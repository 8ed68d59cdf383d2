import { createHash } from 'node:crypto';
import { urlHost } from './destination.ts';

/** What a row of `link_route` says of where it leads, and by what it is found. */
export function routeColumns(destination: string) {
  return {
    destination,
    destination_hash: destinationHash(destination),
    destination_host: urlHost(destination),
  };
}

export function destinationHash(destination: string): string {
  return createHash('sha256').update(destination).digest('hex').slice(0, 16);
}
