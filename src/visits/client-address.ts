import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Finds the visitor's address: the connection's own, or what trusted proxies say of it. */
export class ClientAddress {
  readonly #trusted = new BlockList();
  readonly #trustsAnybody: boolean;

  /** @param trusted addresses and CIDR ranges of reverse proxies */
  constructor(trusted: readonly string[]) {
    this.#trustsAnybody = trusted.length > 0;
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * Walks `X-Forwarded-For` from its right end, where the nearest proxy wrote, to the first address no trusted
   * proxy answers for. What stands left of it was sent by the visitor and means nothing.
   */
  of(request: IncomingMessage): string {
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    const forwarded = request.headers['x-forwarded-for'];
    if (forwarded === undefined || !this.#trustsAnybody || !this.#isTrusted(peer)) return peer;
    const hops = String(forwarded).split(',');
    let address = peer;
    for (let index = hops.length - 1; index >= 0; index--) {
      const hop = plainAddress(withoutPort(hops[index]?.trim() ?? ''));
      if (isIP(hop) === 0) break;
      address = hop;
      if (!this.#isTrusted(hop)) break;
    }
    return address;
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(hop);
  if (bracketed) return bracketed[1] ?? '';
  return isIP(hop) === 0 ? hop.replace(/:\d+$/, '') : hop;
}
