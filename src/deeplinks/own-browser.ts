import { asciiUrl, hasPair } from '../links/destination.ts';
import type { InAppBrowser } from './device.ts';

/** Chat apps whose own browser can be asked to hand a URL to the device's real one. */
export type LeavableBrowser = 'kakaotalk' | 'line';

export function isLeavable(inApp: InAppBrowser | null): inApp is LeavableBrowser {
  return inApp === 'kakaotalk' || inApp === 'line';
}

/** LINE acts on it by itself; on the URL handed over it says that we have asked already. */
const LEFT_MARK = 'openExternalBrowser=1';

/** Whether a visit comes back after we have asked an in-app browser to hand it over: asking again could go on for ever. */
export function hasLeftApp(query: string): boolean {
  return hasPair(query, LEFT_MARK);
}

/**
 * Where a visitor in such an in-app browser is sent so that the visited URL opens in the real browser. The system gets
 * to see the URL on that way, so that an app with the short domain as its own opens at once.
 *
 * @param query of the visited URL, kept as it is but for what a header cannot carry
 */
export function urlForOwnBrowser(browser: LeavableBrowser, shortUrl: string, query: string): string {
  const url = asciiUrl(`${shortUrl}?${queryInOwnBrowser(query)}`);
  return browser === 'line' ? url : `kakaotalk://web/openExternal?url=${encodeURIComponent(url)}`;
}

/** The query with which the real browser comes. */
export function queryInOwnBrowser(query: string): string {
  return query === '' ? LEFT_MARK : `${query.replaceAll('#', '%23')}&${LEFT_MARK}`;
}
