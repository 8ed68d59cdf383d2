import type { IncomingMessage } from 'node:http';
import { ClickFlag, ClickKind, type ClickRecord } from '../clicks/click-record.ts';
import { appFor } from '../deeplinks/app-route.ts';
import type { VisitorPlatform } from '../deeplinks/platform.ts';
import type { Forwarding } from './decision.ts';
import { isLookedAt } from './rules.ts';
import type { Visit } from './visit.ts';
import type { KnownLink, Target } from './visit-directory.ts';
import { utmOf } from './visit-request.ts';

/** How much of a header is worth keeping; what is longer was not written for us. */
const LONGEST_HEADER = 1_024;

/** Holds every long link that Firebase's client makes. A longer query is not kept at all: cut, it would say something else. */
const LONGEST_QUERY = 4_096;

export interface RecordedVisit {
  readonly request: IncomingMessage;
  readonly visit: Visit;
  readonly at: number;
  readonly address: string;
  /** Of the visited URL, whole: a long link is in it. Without `?`. */
  readonly query: string;
  /** Where the visitor came from: the header's, or what a form has carried along. */
  readonly referrer: string | undefined;
}

/** What the journal keeps of a visit that is led on, or is shown a card instead. */
export function recordOf(
  { request, visit, at, address, query, referrer }: RecordedVisit,
  { link, group }: Target,
  { record, routeId, via = 'web' }: Pick<Forwarding, 'record' | 'routeId'> & Partial<Pick<Forwarding, 'via'>>,
  tookSlot: boolean,
): ClickRecord {
  const { headers } = request;
  const { id, domainId, apps } = link as KnownLink;
  let flags = tookSlot ? ClickFlag.slot : 0;
  if (visit.qr) flags |= ClickFlag.qr;
  if (visit.visitor === 'automated') flags |= ClickFlag.automated;
  if (record === 'crawler') flags |= ClickFlag.crawler;
  const towardsApp = via !== 'web' && visit.visitor === 'person';
  const platform = towardsApp || hasAppFor(visit, apps) ? appPlatform(visit, towardsApp) : 'other';
  if (towardsApp) flags |= ClickFlag.towardsApp;
  if (record === 'uncounted') flags |= ClickFlag.uncounted;
  return {
    id: visit.clickId,
    kind: ClickKind.click,
    at,
    linkId: id,
    groupId: group?.id ?? null,
    domainId,
    routeId,
    flags,
    address,
    userAgent: kept(headers['user-agent']),
    language: kept(headers['accept-language']),
    referrer: kept(referrer),
    utm: utmOf(query),
    app: platform === 'other' ? null : { platform, query: keptQuery(query), unlocked: visit.unlocked },
  };
}

/** Whoever gets the app later may ask for the click, whatever the link did: lead to the web first, or ask something. */
function hasAppFor(visit: Visit, apps: KnownLink['apps']): boolean {
  return apps !== null && isLookedAt(visit) && appFor(apps, visit.device) !== null;
}

/** A Mac that is led to an app is an iPad; of others that could be nobody knows. */
function appPlatform({ device: { platform, mayBeIpad } }: Visit, towardsApp: boolean): VisitorPlatform {
  return towardsApp && platform === 'other' && mayBeIpad ? 'ios' : platform;
}

function keptQuery(query: string): string {
  return query.length > LONGEST_QUERY ? '' : query;
}

/** As much of a header as is worth keeping. */
export function kept(header: string | undefined): string {
  return header === undefined
    ? ''
    : header.length > LONGEST_HEADER
      ? header.slice(0, LONGEST_HEADER)
      : header;
}
