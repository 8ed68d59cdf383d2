import { appFor, type OpeningPage } from '../deeplinks/app-route.ts';
import type { VisitorPlatform } from '../deeplinks/platform.ts';
import { splitUrl } from '../links/destination.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { Decision } from './decision.ts';
import { intentParts } from './intent-parts.ts';
import type { Visit } from './visit.ts';
import type { VisitedLink } from './visited-link.ts';

/** The ways into an app, best first. */
export const APP_STEPS = ['association', 'app', 'store', 'web'] as const;
export type AppStepName = (typeof APP_STEPS)[number];

export interface AppStep {
  readonly step: AppStepName;
  /** `offered`: as a link on a page, to be tapped. `instead`: where the device goes when the one taken does not work. */
  readonly verdict: 'taken' | 'offered' | 'instead' | 'notTaken';
  readonly reason: AppStepReason;
}

export const APP_STEP_REASONS = [
  ...[
    'neverSeen',
    'noWayIn',
    'notFromHere',
    'opensApp',
    'tapOpensApp',
    'noStore',
    'toStore',
    'tapToStore',
    'ifNotInstalled',
  ],
  ...['toWeb', 'tapToWeb', 'lastResort', 'otherComesFirst', 'inRealBrowser'],
] as const;
export type AppStepReason = (typeof APP_STEP_REASONS)[number];

/**
 * How a decided visit leads into the app of its device, way by way. Read off the decision, so that it says what
 * happens and not what should. Empty when the link has no app for that device, or the
 * visit leads on to nothing or to a question first.
 */
export function appStepsOf(link: VisitedLink, visit: Visit, decision: Decision): AppStep[] {
  const app = link.apps && appFor(link.apps, visit.device);
  if (app === null || !('via' in decision) || decision.outcome === 'pushInvitation') return [];
  const page = decision.outcome === 'openApp' ? decision.page : null;
  return [
    { step: 'association', verdict: 'notTaken', reason: 'neverSeen' },
    intoTheApp(decision.via, page, app, visit.device.platform),
    toTheStore(decision.via, page, decision.destination, link),
    toTheWeb(decision.via, page),
  ];
}

type Via = Extract<Decision, { via: unknown }>['via'];

function intoTheApp(via: Via, page: OpeningPage | null, app: OpenedApp, platform: VisitorPlatform): AppStep {
  if (via === 'app') return { step: 'app', verdict: 'taken', reason: 'opensApp' };
  if (page?.appUrl) return { step: 'app', verdict: 'offered', reason: 'tapOpensApp' };
  if (via === 'browser') return { step: 'app', verdict: 'notTaken', reason: 'inRealBrowser' };
  // Android opens an app by its package name; iOS only by a scheme.
  const hasWayIn = platform === 'android' || app.customScheme !== null;
  return { step: 'app', verdict: 'notTaken', reason: hasWayIn ? 'notFromHere' : 'noWayIn' };
}

function toTheStore(via: Via, page: OpeningPage | null, destination: string, link: VisitedLink): AppStep {
  if (via === 'store') return { step: 'store', verdict: 'taken', reason: 'toStore' };
  if (page?.storeUrl) return { step: 'store', verdict: 'offered', reason: 'tapToStore' };
  if (via === 'browser') return { step: 'store', verdict: 'notTaken', reason: 'inRealBrowser' };
  if (via === 'app' && leadsElsewhere(destination, link)) {
    return { step: 'store', verdict: 'instead', reason: 'ifNotInstalled' };
  }
  return { step: 'store', verdict: 'notTaken', reason: via === 'web' ? 'notFromHere' : 'noStore' };
}

function toTheWeb(via: Via, page: OpeningPage | null): AppStep {
  if (via === 'web') return { step: 'web', verdict: 'taken', reason: 'toWeb' };
  if (page) return { step: 'web', verdict: 'offered', reason: 'tapToWeb' };
  if (via === 'browser') return { step: 'web', verdict: 'instead', reason: 'lastResort' };
  return { step: 'web', verdict: 'notTaken', reason: 'otherComesFirst' };
}

/** Whether an `intent:` URL leads those without the app to somewhere else than the web page. */
function leadsElsewhere(url: string, link: VisitedLink): boolean {
  const fallback = intentParts(url)?.fallback;
  return fallback !== undefined && splitUrl(fallback).base !== splitUrl(link.destination).base;
}
