import { appFor } from '../deeplinks/app-route.ts';
import type { Decision } from './decision.ts';
import { passwordInForce } from './link-password.ts';
import {
  appRouteOf,
  type Circumstances,
  inForce,
  isBypassed,
  isGuarded,
  isLookedAt,
  isRobot,
  limitOf,
  type RuleName,
} from './rules.ts';

/** Why a rule let a visit pass, or decided it. Texts of every language are written for each of these. */
export const REASON_CODES = [
  ...['noLink', 'exists', 'deletedItself'],
  ...['notPaused', 'paused'],
  ...['noStart', 'hasStarted', 'notStarted', 'robotTooEarly'],
  ...['noEnd', 'notEnded', 'ended', 'endedElsewhere'],
  ...['noRobot', 'robotMayLook', 'robotGuarded'],
  ...['noLimit', 'slotsLeft', 'usedUp'],
  ...['noPassword', 'unlocked', 'locked'],
  ...['wantsAll', 'headersOnly', 'headersGuarded'],
  ...['noPrefetch', 'prefetch'],
  ...['noUnfurler', 'nothingToShow', 'card'],
  ...[
    'noInvitation',
    'invitationForPeople',
    'invitationBypassed',
    'invitationAfterForm',
    'invitationToHere',
    'invites',
  ],
  ...['noApps', 'appsForPeople', 'appsBypassed', 'noAppForDevice', 'noWayToApp', 'macsLedHere'],
  ...['toApp', 'toStore', 'openingPage', 'toRealBrowser'],
  ...['temporary', 'temporaryForApps', 'permanent', 'forwardPage'],
  ...['noPageForPrograms', 'noPageForScans', 'noPageAfterForm', 'noPageToHere'],
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface Reason {
  readonly code: ReasonCode;
  /** The instant that was looked at. Milliseconds. */
  readonly at?: number;
  /** Of a limited link. */
  readonly slots?: { readonly taken: number; readonly limit: number };
}

type Say = (of: Circumstances, decision: Decision | undefined) => Reason;

/** A line for each rule. They look at what the rules look at; what follows from it is the rules' alone. */
export const REASONS: { readonly [Name in RuleName]: Say } = {
  exists: ({ link: { deleteAt } }, decision) =>
    decision ? { code: 'deletedItself', ...(deleteAt === null ? {} : { at: deleteAt }) } : { code: 'exists' },
  paused: (_, decision) => ({ code: decision ? 'paused' : 'notPaused' }),
  starts: (of, decision) => {
    const startsAt = inForce('startsAt', of);
    if (startsAt === false) return { code: 'noStart' };
    if (!decision) return { code: 'hasStarted', at: startsAt };
    return { code: decision.outcome === 'protected' ? 'robotTooEarly' : 'notStarted', at: startsAt };
  },
  ends: (of, decision) => {
    const endsAt = inForce('endsAt', of);
    if (endsAt === false) return { code: 'noEnd' };
    if (!decision) return { code: 'notEnded', at: endsAt };
    const leadsElsewhere = decision.outcome === 'ended' && decision.expiredUrl !== null;
    return { code: leadsElsewhere ? 'endedElsewhere' : 'ended', at: endsAt };
  },
  robots: (of, decision) => {
    if (decision) return { code: 'robotGuarded' };
    return { code: isRobot(of.visit) ? 'robotMayLook' : 'noRobot' };
  },
  limit: (of, decision) => {
    const limit = limitOf(of);
    if (limit === null) return { code: 'noLimit' };
    return { code: decision ? 'usedUp' : 'slotsLeft', slots: { taken: of.visit.slotsTaken, limit } };
  },
  password: ({ link, group }, decision) => {
    if (decision) return { code: 'locked' };
    return { code: passwordInForce(link, group) ? 'unlocked' : 'noPassword' };
  },
  headers: (of, decision) => {
    if (decision) return { code: 'headersGuarded' };
    return { code: of.visit.method === 'HEAD' && !isGuarded(of) ? 'headersOnly' : 'wantsAll' };
  },
  prefetch: (_, decision) => ({ code: decision ? 'prefetch' : 'noPrefetch' }),
  previewCard: ({ visit }, decision) => {
    if (decision) return { code: 'card' };
    return { code: visit.visitor === 'unfurler' ? 'nothingToShow' : 'noUnfurler' };
  },
  pushInvitation: (of, decision) => {
    if (decision) return { code: 'invites' };
    if (!inForce('pushSubscription', of)) return { code: 'noInvitation' };
    if (!isLookedAt(of.visit)) return { code: 'invitationForPeople' };
    if (isBypassed(of)) return { code: 'invitationBypassed' };
    return { code: of.visit.method === 'POST' ? 'invitationAfterForm' : 'invitationToHere' };
  },
  app: (of, decision) => ({ code: appReason(of, decision) }),
  destination: (of, decision) => {
    if (decision?.outcome === 'forwardPage') return { code: 'forwardPage' };
    if (inForce('redirectType', of) === 200) {
      if (!isLookedAt(of.visit)) return { code: 'noPageForPrograms' };
      if (isBypassed(of)) return { code: 'noPageForScans' };
      return { code: of.visit.method === 'POST' ? 'noPageAfterForm' : 'noPageToHere' };
    }
    if (inForce('redirectType', of) === 301 && of.link.apps !== null) return { code: 'temporaryForApps' };
    const isPermanent = decision?.outcome === 'redirect' && decision.status === 301;
    return { code: isPermanent ? 'permanent' : 'temporary' };
  },
};

function appReason(of: Circumstances, decision: Decision | undefined): ReasonCode {
  if (decision && 'via' in decision) {
    const { via } = decision;
    return via === 'app'
      ? 'toApp'
      : via === 'store'
        ? 'toStore'
        : via === 'browser'
          ? 'toRealBrowser'
          : 'openingPage';
  }
  const { apps } = of.link;
  if (apps === null) return 'noApps';
  if (!isLookedAt(of.visit)) return 'appsForPeople';
  if (isBypassed(of)) return 'appsBypassed';
  if (appFor(apps, of.visit.device) === null) return 'noAppForDevice';
  return appRouteOf(of).via === 'web' ? 'noWayToApp' : 'macsLedHere';
}
