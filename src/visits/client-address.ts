import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { addressOfHop, plainAddress } from '../peer-address.ts';

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
      const hop = addressOfHop(hops[index] ?? '');
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
