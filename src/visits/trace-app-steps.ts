import { type AppWays, waysToApp } from '../deeplinks/app-route.ts';
import type { Decision } from './decision.ts';
import { appLinkOf, type Circumstances } from './rules.ts';

/** The ways into an app, best first. */
export const APP_STEPS = ['association', 'app', 'store', 'web'] as const;
export type AppStepName = (typeof APP_STEPS)[number];

/**
 * `offered`: as a link on a page, to be tapped. `instead`: where the device goes when the one taken does not work.
 * `possible`: the system may do it on the way, and nobody here learns of it.
 */
export const APP_STEP_VERDICTS = ['taken', 'offered', 'instead', 'possible', 'notTaken'] as const;

export interface AppStep {
  readonly step: AppStepName;
  readonly verdict: (typeof APP_STEP_VERDICTS)[number];
  readonly reason: AppStepReason;
}

export const APP_STEP_REASONS = [
  ...['neverSeen', 'seenOnTheWay', 'noWayIn', 'needsPage', 'notFromHere', 'opensApp', 'tapOpensApp'],
  ...['noStore', 'toStore', 'tapToStore', 'ifNotInstalled'],
  ...['toWeb', 'tapToWeb', 'lastResort', 'otherComesFirst', 'inRealBrowser'],
] as const;
export type AppStepReason = (typeof APP_STEP_REASONS)[number];

/** What happens with one of the ways. */
type Said = Omit<AppStep, 'step'>;
type Via = Extract<Decision, { via: unknown }>['via'];

const notTaken = (reason: AppStepReason): Said => ({ verdict: 'notTaken', reason });

/**
 * How a decided visit leads into the app of its device, way by way. Read off the decision and the ways it was chosen
 * from, so that it says what happens and not what should. Empty when there is no app for the device, the visit is for
 * the web (a program, a scan that bypasses apps), or it leads on to nothing or to a question first.
 */
export function appStepsOf(of: Circumstances, decision: Decision): AppStep[] {
  const appLink = appLinkOf(of);
  if (appLink === null || !('via' in decision) || decision.outcome === 'pushInvitation') return [];
  const { via } = decision;
  const ways = waysToApp(appLink, of.visit.device, of.visit.clickId);
  const wouldNeedPage = appLink.routing.forceRedirect === true && appLink.app.customScheme !== null;
  return [
    { step: 'association', ...bySystem(via) },
    { step: 'app', ...intoTheApp(via, ways, wouldNeedPage) },
    { step: 'store', ...toTheStore(via, ways) },
    { step: 'web', ...toTheWeb(via, ways) },
  ];
}

function bySystem(via: Via): Said {
  return via === 'browser' ? { verdict: 'possible', reason: 'seenOnTheWay' } : notTaken('neverSeen');
}

function intoTheApp(via: Via, { appUrl }: AppWays, wouldNeedPage: boolean): Said {
  if (appUrl === null) return notTaken(wouldNeedPage ? 'needsPage' : 'noWayIn');
  if (via === 'app') return { verdict: 'taken', reason: 'opensApp' };
  if (via === 'page') return { verdict: 'offered', reason: 'tapOpensApp' };
  return notTaken(via === 'browser' ? 'inRealBrowser' : 'notFromHere');
}

function toTheStore(via: Via, { storeUrl }: AppWays): Said {
  if (storeUrl === null) return notTaken('noStore');
  if (via === 'store') return { verdict: 'taken', reason: 'toStore' };
  if (via === 'page') return { verdict: 'offered', reason: 'tapToStore' };
  if (via === 'app') return { verdict: 'instead', reason: 'ifNotInstalled' };
  // Where there is a store, only a Mac that may be an iPad goes to the web: it is asked on a page, or not at all.
  return notTaken(via === 'browser' ? 'inRealBrowser' : 'needsPage');
}

function toTheWeb(via: Via, { storeUrl }: AppWays): Said {
  if (via === 'web') return { verdict: 'taken', reason: 'toWeb' };
  if (via === 'page') return { verdict: 'offered', reason: 'tapToWeb' };
  if (via === 'browser') return notTaken('inRealBrowser');
  if (via === 'app' && storeUrl === null) return { verdict: 'instead', reason: 'lastResort' };
  return notTaken('otherComesFirst');
}
