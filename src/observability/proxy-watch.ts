import { BlockList, isIP } from 'node:net';
import { addressOfHop, plainAddress } from '../peer-address.ts';

/** What a request says of the proxies it came through. Everything but the peer may be forged. */
export interface ProxiedRequest {
  /** Whoever opened the connection. */
  readonly peer: string;
  /** Whom the product takes for the visitor. */
  readonly client: string;
  readonly forwardedFor: string | undefined;
  readonly forwardedProto: string | undefined;
}

/** Somebody who handed on visits, or claimed to. */
export interface ForwarderSeen {
  readonly address: string;
  /** Named by TRUST_PROXY. */
  readonly trusted: boolean;
  readonly visits: number;
}

/** What visits looked like to proxies' eyes, from a sample of them. */
export interface ProxySummary {
  /** Visits that were looked at. */
  readonly looked: number;
  /** Without `X-Forwarded-For`. */
  readonly direct: number;
  /** Of these, from this machine itself. */
  readonly directFromLoopback: number;
  /** With an `X-Forwarded-For` that a trusted proxy sent and nobody can read. */
  readonly unreadable: number;
  /** `X-Forwarded-Proto` as trusted proxies sent it. */
  readonly http: number;
  readonly https: number;
  /** Most visits first. */
  readonly forwarders: readonly ForwarderSeen[];
}

/** Anybody may send the header: of those who do, the busiest are remembered, and these are the proxies. */
const REMEMBERED = 8;

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('100.64.0.0', 10, 'ipv4');
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');

/** Remembers, in bounded memory, how visits reach this process: so that a proxy nobody told us of can be named. */
export class ProxyWatch {
  readonly #counts = { looked: 0, direct: 0, directFromLoopback: 0, unreadable: 0, http: 0, https: 0 };
  readonly #visits = new Map<string, number>();

  look({ peer: rawPeer, client, forwardedFor, forwardedProto }: ProxiedRequest): void {
    const counts = this.#counts;
    const peer = plainAddress(rawPeer);
    counts.looked++;
    if (forwardedFor === undefined) {
      counts.direct++;
      if (isLoopback(peer)) counts.directFromLoopback++;
      return;
    }
    const hops = forwardedFor.split(',').map((hop) => addressOfHop(hop));
    const last = hops.at(-1) ?? '';
    if (client === peer && last !== peer) {
      // A trusted peer would have been followed to the last hop, unless that is no address.
      if (isIP(last) === 0) counts.unreadable++;
      else this.#note(peer, false);
      return;
    }
    this.#note(peer, true);
    // In front of a private address that sent a header of its own stands one more proxy, which nobody has named.
    if (client !== hops[0] && isPrivate(client)) this.#note(client, false);
    if (forwardedProto === 'http') counts.http++;
    else if (forwardedProto === 'https') counts.https++;
  }

  summary(): ProxySummary {
    const forwarders = [...this.#visits].map(([key, visits]) => ({
      address: key.slice(1),
      trusted: key.startsWith('+'),
      visits,
    }));
    return { ...this.#counts, forwarders: forwarders.sort((a, b) => b.visits - a.visits) };
  }

  #note(address: string, trusted: boolean): void {
    const key = (trusted ? '+' : '-') + address;
    const visits = this.#visits.get(key);
    if (visits === undefined && this.#visits.size >= REMEMBERED) {
      const rarest = [...this.#visits].reduce((least, one) => (one[1] < least[1] ? one : least));
      this.#visits.delete(rarest[0]);
    }
    this.#visits.set(key, (visits ?? 0) + 1);
  }
}

/** Whether the address is this machine's own. */
export function isLoopback(address: string): boolean {
  const text = plainAddress(address);
  return text === '::1' || (isIP(text) === 4 && text.startsWith('127.'));
}

function isPrivate(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
