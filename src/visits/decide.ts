import type { Decision } from './decision.ts';
import { RULES } from './rules.ts';
import type { Visit } from './visit.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

/**
 * What a visit leads to, from what it is given alone: no clock, no input or output. The first rule that speaks decides.
 *
 * @param link undefined when no link has this code, or it was deleted
 * @param group the link's group, undefined when it has none or the group was deleted
 * @param now milliseconds
 */
export function decide(
  link: VisitedLink | undefined,
  group: VisitedGroup | undefined,
  visit: Visit,
  now: number,
): Decision {
  if (!link) return { outcome: 'unknown' };
  const circumstances = { link, group, visit, now };
  for (const { decide: speak } of RULES) {
    const decision = speak(circumstances);
    if (decision) return decision;
  }
  throw new Error('no rule has decided');
}
