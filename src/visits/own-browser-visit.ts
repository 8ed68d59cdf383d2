import { queryInOwnBrowser } from '../deeplinks/own-browser.ts';
import type { Visit } from './visit.ts';

/** The visit that follows when the browser inside another app has handed the link to the device's real one. */
export function visitInOwnBrowser(visit: Visit): Visit {
  return {
    ...visit,
    method: 'GET',
    device: { ...visit.device, inApp: null },
    query: queryInOwnBrowser(visit.query),
    // What was unlocked is unlocked in the browser that was left.
    unlocked: null,
  };
}
