import { hasPair, pairsOf } from '../links/destination.ts';
import { NO_CLICK_ID } from './click-id.ts';
import { decide } from './decide.ts';
import { placesOf } from './decided-places.ts';
import type { Decision } from './decision.ts';
import { describedVisit } from './described-visit.ts';
import { visitInOwnBrowser } from './own-browser-visit.ts';
import { inForce } from './rules.ts';
import { type TracedRule, traceVisit } from './trace.ts';
import { type AppStep, appStepsOf } from './trace-app-steps.ts';
import type { Visit } from './visit.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

/** What is told of the way of a visit, to whoever stands at the link and asks with `d=1`. */
export interface Flow extends FlowWay {
  readonly rules: readonly TracedRule[];
  readonly appSteps: readonly AppStep[];
  /** Where the visit leads that follows in the device's own browser, which this one is handed to; else null. */
  readonly next: FlowWay | null;
  /** Where others would go. Empty when nobody is led on. */
  readonly devices: readonly FlowDevice[];
  /** Whether places are told. Visits of a limited link learn them for a slot, and this is none. */
  readonly tellsPlaces: boolean;
}

export interface FlowWay {
  readonly decision: FlowDecision;
  /** What it leads to, best first. */
  readonly places: readonly string[];
}

export const FLOW_DEVICES = ['iphone', 'android', 'windows'] as const;

export interface FlowDevice extends FlowWay {
  readonly device: (typeof FLOW_DEVICES)[number];
}

const NOTICES = ['paused', 'notStarted', 'ended', 'limitReached'] as const;
type NoticeOutcome = (typeof NOTICES)[number];
/** What has a way to show. Everything else is answered as it always is: forms, cards, and what nobody may know. */
export type FlowDecision =
  | Extract<Decision, { outcome: NoticeOutcome }>
  | Extract<Decision, { destination: string }>;

/** Only `d=1` asks, so that `d` of others may stand in a query. */
export function asksForFlow(query: string): boolean {
  return hasPair(query, 'd=1');
}

/** The query of a visit that does not ask. */
export function withoutFlowMark(query: string): string {
  return pairsOf(query)
    .filter((pair) => pair !== 'd=1')
    .join('&');
}

/**
 * What a visit would come to, with the reasons. Undefined when it would be answered by something that has to be
 * answered first, or stays closed to it.
 *
 * @param visit as it came, with what it has unlocked and how many slots are taken
 */
export function flowOf(
  link: VisitedLink,
  group: VisitedGroup | undefined,
  visit: Visit,
  now: number,
): Flow | undefined {
  // Whoever has entered the password here comes with its cookie, and no form.
  const method = visit.method === 'POST' ? 'GET' : visit.method;
  const looking = { ...visit, method, clickId: NO_CLICK_ID };
  const { decision, rules } = traceVisit(link, group, looking, now);
  if (!hasWay(decision)) return undefined;
  const wayOf = (seen: Visit): FlowWay | null => {
    const theirs = decide(link, group, seen, now);
    if (!hasWay(theirs)) return null;
    return { decision: theirs, places: placesOf({ link, group, visit: seen, now }, theirs) };
  };
  const devices = FLOW_DEVICES.flatMap((device) => {
    const { visitor, device: described } = describedVisit({ device });
    const seen = { ...looking, visitor, device: described, method: 'GET', document: true } as const;
    const theirs = wayOf(seen);
    return theirs && 'destination' in theirs.decision ? [{ device, ...theirs }] : [];
  });
  const of = { link, group, visit: looking, now };
  const isHandedOver = 'via' in decision && decision.via === 'browser';
  return {
    decision,
    places: placesOf(of, decision),
    rules,
    appSteps: appStepsOf(of, decision),
    next: isHandedOver ? wayOf(visitInOwnBrowser(looking)) : null,
    devices: 'destination' in decision ? devices : [],
    tellsPlaces: inForce('maxClicks', of) === false,
  };
}

function hasWay(decision: Decision): decision is FlowDecision {
  return 'destination' in decision || NOTICES.some((outcome) => outcome === decision.outcome);
}
