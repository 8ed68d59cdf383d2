import { isIP } from 'node:net';

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

/** A hop as `X-Forwarded-For` names it. Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
export function addressOfHop(hop: string): string {
  const text = hop.trim();
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(text);
  if (bracketed) return plainAddress(bracketed[1] ?? '');
  return plainAddress(isIP(text) === 0 ? text.replace(/:\d+$/, '') : text);
}
