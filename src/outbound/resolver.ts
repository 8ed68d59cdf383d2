import { lookup, Resolver } from 'node:dns/promises';

/** @returns every address of a name, of both families; throws when it has none */
export type Resolve = (host: string) => Promise<readonly string[]>;

const TRY_MS = 1_500;
const TRIES = 2;

/** As any program of this machine reads names: its hosts file, search domains, container names. */
export const resolveLocally: Resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};

/**
 * Asks name servers, without a thread. The machine's own way occupies one of the few threads for as long as a name
 * server is silent: with a handful of such names nothing could be flushed to the disk and no password be checked.
 *
 * @param servers addresses, with ports where unusual; undefined: those of this machine
 */
export function resolveBy(servers?: readonly string[]): Resolve {
  return async (host) => {
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
    if (servers) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failure = answers.find((answer) => answer.status === 'rejected');
    if (addresses.length === 0 && failure) throw failure.reason;
    return addresses;
  };
}

export const resolvePublicly = resolveBy();
