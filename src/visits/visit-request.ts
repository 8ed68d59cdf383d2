import type { IncomingMessage } from 'node:http';
import { decodeQueryText, hasPair, nameOf, pairsOf } from '../links/destination.ts';
import { NO_CLICK_ID, newClickId } from './click-id.ts';
import type { Visit } from './visit.ts';
import { visitorOf } from './visitor-class.ts';

/** What `decide` looks at, as far as the request alone tells it, and who is asked. */
export function visitOf(
  request: IncomingMessage,
  query: string,
  now: number,
  leadsHere: Visit['leadsHere'],
): Visit {
  const { headers, method } = request;
  const { visitor, device } = visitorOf(headers['user-agent']);
  return {
    method: method === 'HEAD' || method === 'POST' ? method : 'GET',
    visitor,
    device,
    prefetch: isPrefetch(headers),
    document: isDocument(headers),
    qr: hasQrMark(query),
    query,
    clickId: method === 'HEAD' ? NO_CLICK_ID : newClickId(now),
    unlocked: null,
    slotsTaken: 0,
    leadsHere,
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

/** What the URL in a QR code has in its query. */
export const SCAN_MARK = 'qr=1';

export function hasQrMark(query: string): boolean {
  return hasPair(query, SCAN_MARK) || hasPair(query, 'qr');
}

const MAX_UTM_VALUE = 255;
const MAX_UTM_PAIRS = 5;

/** `utm_*` of the visited URL, as [name without `utm_`, value]. */
export function utmOf(query: string): (readonly [string, string])[] | null {
  if (!query.includes('utm_')) return null;
  const utm: (readonly [string, string])[] = [];
  for (const pair of pairsOf(query)) {
    const name = nameOf(pair);
    const equals = pair.indexOf('=');
    if (!name.startsWith('utm_') || equals < 0) continue;
    if (utm.length >= MAX_UTM_PAIRS) break;
    utm.push([name.slice(4, 40), decodeQueryText(pair.slice(equals + 1)).slice(0, MAX_UTM_VALUE)]);
  }
  return utm.length > 0 ? utm : null;
}
