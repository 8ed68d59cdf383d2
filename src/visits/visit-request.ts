import type { IncomingMessage } from 'node:http';
import { decodeQueryText, nameOf, pairsOf } from '../links/destination.ts';
import type { Domain } from '../links/domain.ts';
import { newClickId } from './click-id.ts';
import type { Visit } from './visit.ts';
import { visitorOf } from './visitor-class.ts';

/** Where a request points, before anybody knows whether a link is there. */
export interface RequestedPath {
  readonly domain: Domain;
  /** Decoded and normalised; empty for the domain's root. */
  readonly code: string;
}

/**
 * Finds domain and code of a path. Undefined when it cannot be a link's path on any of the domains.
 *
 * @param path of the URL, starting with `/`, without query
 * @param domains those the `Host` may mean, longest prefix first
 */
export function requestedPath(path: string, domains: readonly Domain[]): RequestedPath | undefined {
  for (const domain of domains) {
    const rest = withoutPrefix(path, domain.pathPrefix);
    if (rest === undefined) continue;
    const code = rest.length > 1 && rest.endsWith('/') ? rest.slice(0, -1) : rest;
    if (code.includes('/')) continue;
    const decoded = decodeCode(code);
    if (decoded !== undefined) return { domain, code: decoded };
  }
  return undefined;
}

/** Where a long link stands: `/share?link=` is at the root of the prefix `share`, with or without a slash. */
export function rootOf(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function withoutPrefix(path: string, prefix: string): string | undefined {
  if (prefix === '') return path.slice(1);
  return path.startsWith(`/${prefix}/`) ? path.slice(prefix.length + 2) : undefined;
}

function decodeCode(code: string): string | undefined {
  if (!code.includes('%')) return code;
  try {
    const decoded = decodeURIComponent(code).normalize('NFC');
    return decoded.includes('/') || decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** What `decide` looks at, as far as the request alone tells it. */
export function visitOf(request: IncomingMessage, query: string, now: number): Visit {
  const { headers } = request;
  const { visitor, device } = visitorOf(headers['user-agent']);
  return {
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    visitor,
    device,
    prefetch: isPrefetch(headers),
    document: isDocument(headers),
    qr: query !== '' && hasQrMark(query),
    query,
    clickId: newClickId(now),
    unlocked: null,
    slotsTaken: 0,
  };
}

/** Browsers say so in `Sec-Purpose` (`prefetch`, `prefetch;prerender`), older ones in `Purpose` or `X-Moz`. */
function isPrefetch(headers: IncomingMessage['headers']): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'];
  return typeof purpose === 'string' && /^\s*(prefetch|prerender|preview)/i.test(purpose);
}

/** Browsers say what they fetch for, and no page can make them say anything else. An old one says nothing. */
function isDocument(headers: IncomingMessage['headers']): boolean {
  const purpose = headers['sec-fetch-dest'];
  return purpose === undefined || purpose === 'document';
}

export function hasQrMark(query: string): boolean {
  return pairsOf(query).some((pair) => pair === 'qr=1' || pair === 'qr');
}

const MAX_UTM_VALUE = 255;

/** `utm_*` of the visited URL, as [name without `utm_`, value]. */
export function utmOf(query: string): (readonly [string, string])[] | null {
  if (!query.includes('utm_')) return null;
  const utm: (readonly [string, string])[] = [];
  for (const pair of pairsOf(query)) {
    const name = nameOf(pair);
    const equals = pair.indexOf('=');
    if (!name.startsWith('utm_') || equals < 0 || utm.length >= 5) continue;
    utm.push([name.slice(4, 40), decodeQueryText(pair.slice(equals + 1)).slice(0, MAX_UTM_VALUE)]);
  }
  return utm.length > 0 ? utm : null;
}
