import { type AppLink, type AppRoute, appFor, routeToApp } from '../deeplinks/app-route.ts';
import { hasLeftApp } from '../deeplinks/own-browser.ts';
import { isInStore } from '../deeplinks/store-url.ts';
import { destinationWithoutStore } from '../links/app-routing.ts';
import { withVisitQuery } from '../links/destination.ts';
import type { OpenedApp } from '../links/link-app.ts';
import { effective } from '../links/overlay.ts';
import type { SettingName } from '../links/setting.ts';
import type { Decision, Forwarding, RedirectStatus } from './decision.ts';
import { passwordInForce, passwordVersion } from './link-password.ts';
import type { Visit } from './visit.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

/** All that a rule may look at. */
export interface Circumstances {
  readonly link: VisitedLink;
  readonly group: VisitedGroup | undefined;
  readonly visit: Visit;
  /** Milliseconds. */
  readonly now: number;
}

export interface Rule {
  readonly name: string;
  /** The settings it looks at. */
  readonly settings: readonly SettingName[];
  /** Undefined: it has nothing against the visit going on. The last rule always decides. */
  readonly decide: (circumstances: Circumstances) => Decision | undefined;
}

/** Every rule, in the order in which they speak. */
export const RULES = [
  {
    name: 'exists',
    settings: [],
    decide: ({ link: { deleteAt }, now }) =>
      deleteAt !== null && deleteAt <= now ? { outcome: 'unknown' } : undefined,
  },
  {
    name: 'paused',
    settings: ['paused'],
    decide: (of) => (inForce('paused', of) ? { outcome: 'paused' } : undefined),
  },
  {
    name: 'starts',
    settings: ['startsAt'],
    decide: (of) => {
      const startsAt = inForce('startsAt', of);
      if (startsAt === false || of.now >= startsAt) return undefined;
      return isRobot(of.visit) ? { outcome: 'protected' } : { outcome: 'notStarted', startsAt };
    },
  },
  {
    name: 'ends',
    settings: ['endsAt', 'expiredUrl'],
    decide: (of) => {
      const endsAt = inForce('endsAt', of);
      if (endsAt === false || of.now < endsAt) return undefined;
      return { outcome: 'ended', expiredUrl: inForce('expiredUrl', of) || null };
    },
  },
  {
    name: 'robots',
    settings: ['maxClicks', 'password'],
    decide: (of) => (isRobot(of.visit) && isGuarded(of) ? { outcome: 'protected' } : undefined),
  },
  {
    name: 'limit',
    settings: ['maxClicks'],
    decide: (of) => {
      const limit = limitOf(of);
      return limit !== null && of.visit.slotsTaken >= limit ? { outcome: 'limitReached' } : undefined;
    },
  },
  {
    name: 'password',
    settings: ['password'],
    decide: ({ link, group, visit }) => {
      const password = passwordInForce(link, group);
      if (!password || visit.unlocked === passwordVersion(password.hash)) return undefined;
      return { outcome: 'passwordRequired', password };
    },
  },
  {
    name: 'headers',
    settings: ['maxClicks', 'password'],
    decide: (of) => (of.visit.method === 'HEAD' && isGuarded(of) ? { outcome: 'protected' } : undefined),
  },
  {
    name: 'prefetch',
    settings: [],
    decide: ({ visit }) => (visit.prefetch ? { outcome: 'prefetch' } : undefined),
  },
  {
    name: 'previewCard',
    settings: [],
    decide: ({ link: { title, description, imageUrl, routeId }, visit }) => {
      const hasCard = title !== '' || description !== '' || imageUrl !== null;
      if (visit.visitor !== 'unfurler' || !hasCard) return undefined;
      const record = recordOf(visit, false, null);
      return { outcome: 'previewCard', title, description, imageUrl, routeId, record };
    },
  },
  {
    name: 'pushInvitation',
    settings: ['qrBypass', 'pushSubscription', 'passQuery'],
    decide: (of) => {
      if (!inForce('pushSubscription', of) || !mayGetPage(of)) return undefined;
      const route = appRouteOf(of);
      const destination = route.via === 'web' ? webDestination(of) : route.fallback;
      if (of.visit.leadsHere(destination)) return undefined;
      return { outcome: 'pushInvitation', ...shownOf(of), ...forwardingTo(destination, 'web', of) };
    },
  },
  {
    name: 'app',
    settings: ['qrBypass', 'passQuery'],
    decide: (of) => {
      const route = appRouteOf(of);
      switch (route.via) {
        case 'web':
          return undefined;
        case 'page': {
          const { appUrl, storeUrl, webUrl, opensByItself, withoutTouchUrl } = route;
          if (withoutTouchUrl !== null && of.visit.leadsHere(withoutTouchUrl)) return undefined;
          const page = { appUrl, storeUrl, webUrl, opensByItself, withoutTouchUrl };
          return { outcome: 'openApp', page, ...shownOf(of), ...forwardingTo(route.fallback, 'page', of) };
        }
        case 'browser':
          // It yields nothing yet: the visit that comes next, in the real browser, is the one that counts.
          return {
            outcome: 'redirect',
            status: redirectStatus(of.visit),
            ...forwardingTo(route.fallback, 'browser', of),
            record: 'none',
            limit: null,
          };
        default:
          return {
            outcome: 'redirect',
            status: redirectStatus(of.visit),
            ...forwardingTo(route.url, route.via, of),
          };
      }
    },
  },
  {
    name: 'destination',
    settings: ['redirectType', 'passQuery', 'qrBypass'],
    decide: (of) => {
      const forwarding = forwardingTo(webDestination(of), 'web', of);
      const type = inForce('redirectType', of);
      if (type === 200 && mayGetPage(of) && !of.visit.leadsHere(forwarding.destination)) {
        return { outcome: 'forwardPage', ...shownOf(of), ...forwarding };
      }
      // Where a link with an app leads is another matter on another device, or once the app is there.
      const isForGood = type === 301 && of.link.apps === null;
      const status = redirectStatus(of.visit, isForGood ? 301 : 302);
      return { outcome: 'redirect', status, ...forwarding };
    },
  },
] as const satisfies readonly Rule[];

export type RuleName = (typeof RULES)[number]['name'];

export function inForce<K extends SettingName>(name: K, { link, group }: Circumstances) {
  return effective(name, link.settings, group?.settings);
}

export function isRobot({ visitor }: Visit): boolean {
  return visitor === 'crawler' || visitor === 'unfurler';
}

export function isLookedAt({ visitor, document }: Visit): boolean {
  return visitor === 'person' && document;
}

export function limitOf(of: Circumstances): number | null {
  return inForce('maxClicks', of) || null;
}

/** Nobody learns where it leads without being counted or let in. */
export function isGuarded(of: Circumstances): boolean {
  return limitOf(of) !== null || inForce('password', of) !== false;
}

/** A scan that goes straight to the destination. */
export function isBypassed(of: Circumstances): boolean {
  return of.visit.qr && inForce('qrBypass', of) === true;
}

/**
 * Whether a page may stand before a destination to which a redirect would lead as well. Pages are for eyes: programs and
 * robots are led on without one, as is a link that stands for a picture or a frame. Whoever has just filled in one page
 * gets no other.
 */
function mayGetPage(of: Circumstances): boolean {
  return isLookedAt(of.visit) && !isBypassed(of) && of.visit.method !== 'POST';
}

/** After a form a browser has to ask with GET (RFC 9110, 15.4.4): the password in it is not for there. */
export function redirectStatus({ method }: Pick<Visit, 'method'>, usual: 301 | 302 = 302): RedirectStatus {
  return method === 'POST' ? 303 : usual;
}

const TO_THE_WEB: AppRoute = { via: 'web' };

/**
 * What the app for the visitor's device is to know of the link. Null when there is none, or the visit is for the web:
 * robots see what a link says there; what is embedded in a page cannot open an app.
 */
export function appLinkOf(of: Circumstances): AppLink | null {
  const { link, visit } = of;
  if (link.apps === null || !isLookedAt(visit) || isBypassed(of)) return null;
  const app = appFor(link.apps, visit.device);
  if (app === null) return null;
  return {
    destination: withPassedQuery(destinationWith(app, of), of),
    desktopDestination: withPassedQuery(link.desktopDestination ?? link.destination, of),
    deepLink: withPassedQuery(app.deepLink ?? link.destination, of),
    app,
    routing: link.appRouting,
    campaign: link.campaign,
  };
}

export function appRouteOf(of: Circumstances): AppRoute {
  const { visit } = of;
  const appLink = appLinkOf(of);
  if (appLink === null) return TO_THE_WEB;
  const mayLeave = visit.unlocked === null && !hasLeftApp(visit.query);
  const { clickId, leadsHere } = visit;
  return routeToApp(appLink, visit.device, { clickId, mayLeave, leadsHere });
}

function webDestination(of: Circumstances): string {
  const { link, visit } = of;
  const { destination, desktopDestination, apps } = link;
  if (visit.device.platform === 'other') return withPassedQuery(desktopDestination ?? destination, of);
  return withPassedQuery(destinationWith(apps && appFor(apps, visit.device), of), of);
}

/** Where the web goes on a device that apps can be for. @param app for that device */
function destinationWith(app: OpenedApp | null, { link, visit }: Circumstances): string {
  const elsewhere = destinationWithoutStore(link);
  if (elsewhere === null || (app !== null && isInStore(app, visit.device))) return link.destination;
  return elsewhere;
}

function withPassedQuery(url: string, of: Circumstances): string {
  return of.visit.query !== '' && inForce('passQuery', of) ? withVisitQuery(url, of.visit.query) : url;
}

function forwardingTo(destination: string, via: AppRoute['via'], of: Circumstances): Forwarding {
  const { link, visit } = of;
  const limit = limitOf(of);
  return {
    destination,
    routeId: link.routeId,
    via,
    record: recordOf(visit, isBypassed(of), limit),
    limit: visit.method === 'HEAD' ? null : limit,
  };
}

function shownOf({ link: { title, description, imageUrl } }: Circumstances) {
  return { title, description, imageUrl };
}

function recordOf(visit: Visit, bypass: boolean, limit: number | null): Forwarding['record'] {
  if (visit.method === 'HEAD') return 'none';
  if (isRobot(visit)) return 'crawler';
  if (!bypass) return 'click';
  // A scan past the statistics still takes its slot, and the record is where the slot is kept.
  return limit === null ? 'none' : 'uncounted';
}
