import { decodeQueryText, joinUrl, nameOf, pairsOf, splitUrl } from '../../links/destination.ts';

/** The parameter by which stores and pages hand a click on to the app. */
export const CLICK_ID_PARAMETER = 'click_id';

const CLICK_ID = /^[0-9a-f]{32}$/;

/** UUIDv7 (RFC 9562): the first 48 bits are milliseconds. */
const MADE_HERE = /^[0-9a-f]{12}7[0-9a-f]{3}[89ab]/;
const TIME_DIGITS = 12;

/** When a click was made, in milliseconds; undefined when no installation makes such ids. */
export function timeOfClick(clickId: string): number | undefined {
  return MADE_HERE.test(clickId) ? Number.parseInt(clickId.slice(0, TIME_DIGITS), 16) : undefined;
}

/** A click id as it is written, whoever says so; undefined when it is none. */
export function clickIdOf(text: string): string | undefined {
  const id = text.trim().toLowerCase().replaceAll('-', '');
  return CLICK_ID.test(id) ? id : undefined;
}

/**
 * The click that Google Play's install referrer names (`utm_source=mail&click_id=…`). Some libraries hand it over as
 * they got it, encoded once more.
 */
export function clickInReferrer(referrer: string): string | undefined {
  return clickInQuery(referrer) ?? clickInQuery(decodeQueryText(referrer));
}

/** The click that a URL names. */
export function clickInUrl(url: string): string | undefined {
  return clickInQuery(splitUrl(url).query);
}

/** A URL that names a click besides: for the clipboard, which an app may read. */
export function withClick(url: string, clickId: string): string {
  const { base, query, fragment } = splitUrl(url);
  return joinUrl(base, `${query ? `${query}&` : ''}${CLICK_ID_PARAMETER}=${clickId}`, fragment);
}

/** A URL as it was before a click was added to it. What somebody else calls by that name stays. */
export function withoutClick(url: string): string {
  const { base, query, fragment } = splitUrl(url);
  if (clickInQuery(query) === undefined) return url;
  const kept = pairsOf(query).filter((pair) => clickInQuery(pair) === undefined);
  return joinUrl(base, kept.join('&'), fragment);
}

function clickInQuery(query: string | undefined): string | undefined {
  for (const pair of pairsOf(query)) {
    if (nameOf(pair) !== CLICK_ID_PARAMETER) continue;
    const id = clickIdOf(decodeQueryText(pair.slice(pair.indexOf('=') + 1)));
    if (id !== undefined) return id;
  }
  return undefined;
}
