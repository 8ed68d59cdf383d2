import { createHash } from 'node:crypto';
import { withVisitQuery } from '../links/destination.ts';
import { effective } from '../links/overlay.ts';
import type { Settings } from '../links/setting.ts';
import type { Decision, Forwarding, PasswordInForce } from './decision.ts';
import type { Visit } from './visit.ts';

/** A link as visits know it. Destinations have their campaign parameters already. */
export interface VisitedLink {
  readonly id: number;
  readonly domainId: number;
  readonly groupId: number | null;
  readonly routeId: number;
  readonly destination: string;
  /** Where desktops go instead; null: where everybody goes. */
  readonly desktopDestination: string | null;
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
  const password = passwordInForce(link, group);
  const guarded = limit !== null || password !== undefined;
  if (robot && guarded) return { outcome: 'protected' };
  if (limit !== null && visit.slotsTaken >= limit) return { outcome: 'limitReached' };
  if (password && visit.unlocked !== passwordVersion(password.hash))
    return { outcome: 'passwordRequired', password };
  if (visit.method === 'HEAD' && guarded) return { outcome: 'protected' };
  if (visit.prefetch) return { outcome: 'prefetch' };

  const hasCard = link.title !== '' || link.description !== '' || link.imageUrl !== null;
  if (visit.visitor === 'unfurler' && hasCard) {
    return {
      outcome: 'previewCard',
      title: link.title,
      description: link.description,
      imageUrl: link.imageUrl,
    };
  }

  const bypass = visit.qr && effective('qrBypass', own, over) === true;
  const destination = (visit.platform === 'other' && link.desktopDestination) || link.destination;
  const forwarding: Forwarding = {
    destination:
      visit.query !== '' && effective('passQuery', own, over)
        ? withVisitQuery(destination, visit.query)
        : destination,
    routeId: link.routeId,
    record: recordOf(visit, robot, bypass, limit),
    limit: visit.method === 'GET' ? limit : null,
  };
  // Pages are for eyes: programs and robots are led on without one, as is a link that stands for a picture or a frame.
  const looks = visit.visitor === 'person' && visit.document;
  const { title, description, imageUrl } = link;
  if (looks && !bypass && effective('pushSubscription', own, over)) {
    return { outcome: 'pushInvitation', title, description, imageUrl, ...forwarding };
  }
  const type = effective('redirectType', own, over);
  if (type === 200 && looks) {
    return { outcome: 'forwardPage', title, description, imageUrl, ...forwarding };
  }
  return { outcome: 'redirect', status: type === 301 ? 301 : 302, ...forwarding };
}

/** The password a visitor has to know, and whose it is: the group's if the group speaks, else the link's own. */
export function passwordInForce(
  link: Pick<VisitedLink, 'id' | 'settings'>,
  group: VisitedGroup | undefined,
): PasswordInForce | undefined {
  const hash = effective('password', link.settings, group?.settings);
  if (hash === false) return undefined;
  const owner =
    group?.settings.password !== undefined
      ? ({ kind: 'group', id: group.id } as const)
      : ({ kind: 'link', id: link.id } as const);
  return { owner, hash };
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
