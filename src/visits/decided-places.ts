import { waysToApp } from '../deeplinks/app-route.ts';
import { openedWith } from '../deeplinks/app-url.ts';
import type { Decision } from './decision.ts';
import { appLinkOf, type Circumstances } from './rules.ts';

/**
 * Where a decided visit leads, for people to read, best first: what the app is opened with stands for the URL that
 * opens it. Empty when nowhere, and for a visit that goes to the short URL again, in the device's real browser.
 */
export function placesOf(of: Circumstances, decision: Decision): readonly string[] {
  if (!('destination' in decision) || decision.via === 'browser') return [];
  const appLink = decision.via === 'web' ? null : appLinkOf(of);
  if (appLink === null) return [decision.destination];
  const { appUrl, storeUrl, webUrl } = waysToApp(appLink, of.visit.device, of.visit.clickId);
  const opened = appUrl === null ? null : openedWith(appLink.deepLink, appLink.app.customScheme);
  switch (decision.via) {
    case 'app':
      return [opened ?? decision.destination, storeUrl ?? webUrl];
    case 'page':
      // The last is where a Mac goes that may have been an iPad; else it is one of the others.
      return [...new Set([opened, storeUrl, webUrl, decision.destination])].filter((url) => url !== null);
    default:
      return [decision.destination];
  }
}
