import type { Decision } from './decision.ts';
import type { Visit } from './visit.ts';

/**
 * Whether a visit was let past the click limit and takes none of its slots, so that whoever decides without the count
 * does not learn that the link is used up.
 */
export function mayBeUsedUp(decision: Decision, { method }: Visit): boolean {
  switch (decision.outcome) {
    case 'passwordRequired':
    case 'prefetch':
      return true;
    case 'redirect':
      return decision.via === 'browser';
    default:
      return decision.outcome === 'protected' && method === 'HEAD';
  }
}
