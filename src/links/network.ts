import ipaddr from 'ipaddr.js';

/**
 * What an address counts as where somebody could use many: an IPv4 address alone, an IPv6 address by its first 64
 * bits, since whoever has one has all that begin like it. An IPv4 address in IPv6 clothes is an IPv4 address.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const known = ipaddr.process(address);
  if (!(known instanceof ipaddr.IPv6)) return known.toString();
  const prefix = known.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
