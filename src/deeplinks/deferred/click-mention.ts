import { decodeQueryText, nameOf, pairsOf, splitUrl } from '../../links/destination.ts';

/** The parameter by which stores and pages hand a click on to the app. */
export const CLICK_ID_PARAMETER = 'click_id';

const CLICK_ID = /^[0-9a-f]{32}$/;

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

function clickInQuery(query: string | undefined): string | undefined {
  for (const pair of pairsOf(query)) {
    if (nameOf(pair) !== CLICK_ID_PARAMETER) continue;
    const id = clickIdOf(decodeQueryText(pair.slice(pair.indexOf('=') + 1)));
    if (id !== undefined) return id;
  }
  return undefined;
}
