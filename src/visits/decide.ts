import { createHash } from 'node:crypto';
import { withVisitQuery } from '../links/destination.ts';
import { effective } from '../links/overlay.ts';
import type { Settings } from '../links/setting.ts';
import type { Decision, Forwarding } from './decision.ts';
import type { Visit } from './visit.ts';

/** A link as visits know it. The destination has its campaign parameters already. */
export interface VisitedLink {
  readonly id: number;
  readonly domainId: number;
  readonly groupId: number | null;
  readonly routeId: number;
  readonly destination: string;
  readonly settings: Settings;
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
  readonly deleteAt: number | null;
}

/** A living group as visits know it. */
export interface VisitedGroup {
  readonly id: number;
  readonly settings: Settings;
}

/**
 * What a visit leads to, from plain data alone: no clock, no input or output. The checks stand in the order in
 * which they are made; whichever speaks first decides.
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
  if (!link || (link.deleteAt !== null && link.deleteAt <= now)) return { outcome: 'unknown' };
  const own = link.settings;
  const over = group?.settings;
  if (effective('paused', own, over)) return { outcome: 'paused' };

  const robot = visit.visitor === 'crawler' || visit.visitor === 'unfurler';
  const startsAt = effective('startsAt', own, over);
  if (startsAt !== false && now < startsAt)
    return robot ? { outcome: 'protected' } : { outcome: 'notStarted', startsAt };

  const endsAt = effective('endsAt', own, over);
  if (endsAt !== false && now >= endsAt) {
    return { outcome: 'ended', expiredUrl: effective('expiredUrl', own, over) || null };
  }

  const limit = effective('maxClicks', own, over) || null;
  const password = effective('password', own, over);
  const locked = password !== false && visit.unlocked !== passwordVersion(password);
  if (robot && (limit !== null || password !== false)) return { outcome: 'protected' };
  if (limit !== null && visit.slotsTaken >= limit) return { outcome: 'limitReached' };
  if (locked) {
    const owner =
      over?.password !== undefined && group
        ? ({ kind: 'group', id: group.id } as const)
        : ({ kind: 'link', id: link.id } as const);
    return { outcome: 'passwordRequired', owner, passwordHash: password };
  }
  if (visit.method === 'HEAD' && (limit !== null || password !== false)) return { outcome: 'protected' };
  if (visit.prefetch) return { outcome: 'prefetch' };

  if (visit.visitor === 'unfurler' && link.title !== '') {
    return {
      outcome: 'previewCard',
      title: link.title,
      description: link.description,
      imageUrl: link.imageUrl,
    };
  }

  const bypass = visit.qr && effective('qrBypass', own, over) === true;
  const forwarding: Forwarding = {
    destination:
      visit.query !== '' && effective('passQuery', own, over)
        ? withVisitQuery(link.destination, visit.query)
        : link.destination,
    routeId: link.routeId,
    record: recordOf(visit, robot, bypass, limit),
    limit: visit.method === 'GET' ? limit : null,
  };
  if (!bypass && !robot && effective('pushSubscription', own, over))
    return { outcome: 'pushInvitation', ...forwarding };
  const type = effective('redirectType', own, over) || 302;
  if (type === 200) return { outcome: 'forwardPage', ...forwarding };
  return { outcome: 'redirect', status: type, ...forwarding };
}

function recordOf(visit: Visit, robot: boolean, bypass: boolean, limit: number | null): Forwarding['record'] {
  if (visit.method === 'HEAD') return 'none';
  if (robot) return 'crawler';
  if (!bypass) return 'click';
  // A scan past the statistics still takes its slot, and the record is where the slot is kept.
  return limit === null ? 'none' : 'uncounted';
}

/** Changes with every new password, also when the new one reads the same; safe to hand to a browser. */
export function passwordVersion(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
}
