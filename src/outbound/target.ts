import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** As much as the product takes of any URL. */
const LONGEST_BYTES = 3_000;

/**
 * What speaks against calling a URL that a client has named, as far as the URL itself shows it; what its name leads to
 * is looked at when it is called. The URL is read as the call reads it: `https://0x7f.1` is 127.0.0.1 in both.
 *
 * @returns a sentence for whoever has named it, or undefined
 */
export function targetProblem(
  url: string,
  allowPrivate: boolean,
  allowPlainHttp = false,
): string | undefined {
  if (Buffer.byteLength(url) > LONGEST_BYTES) return `The URL is longer than ${LONGEST_BYTES} bytes.`;
  const parsed = URL.parse(url);
  if (!parsed) return 'The URL is not valid.';
  const { protocol, username, password, port } = parsed;
  if (protocol !== 'https:' && protocol !== 'http:') return 'The URL must begin with https://.';
  if (username !== '' || password !== '') return 'The URL must not contain a user name or password.';
  if (port === '0') return 'The URL names port 0, on which nobody can listen.';
  if (allowPrivate) return undefined;

  if (protocol !== 'https:' && !allowPlainHttp)
    return 'The URL must begin with https://; plain http is not allowed here.';
  const host = hostOf(parsed);
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    return `The URL leads to ${host}, which is not a public address.`;
  }
  return /(^|\.)localhost\.?$/.test(host) ? 'The URL leads to this machine itself.' : undefined;
}

/** The host as the network wants it: an IPv6 address without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
