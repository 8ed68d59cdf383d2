import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All that is given out to the public internet lies here; ranges with a special use inside are excluded by name. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** A public address that a cloud answers itself on every machine of its customers, with what is secret of them. */
const AZURE_WIRE_SERVER = '168.63.129.16';

/**
 * Whether an address belongs to the public internet. Not public are private and loopback networks, link-local ones
 * with the metadata services of clouds, shared and documentation ranges, multicast, and IPv6 forms that carry an IPv4
 * address inside (RFC 6052, 6to4, Teredo), since a router may unwrap them. An IPv4-mapped address is what is in it.
 */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) only means something on this machine's own links.
  if (address.includes('%') || isIP(address) === 0) return false;
  // ipaddr.js takes the old IPv4-compatible form for a mapped one.
  if (/^::[\d.]+$/.test(address)) return false;
  const known = ipaddr.process(address);
  if (known.range() !== 'unicast') return false;
  if (!(known instanceof ipaddr.IPv6)) return known.toString() !== AZURE_WIRE_SERVER;
  return known.match(GLOBAL_UNICAST);
}
