import type { z } from 'zod';
import { isLeavable, queryInOwnBrowser, urlForOwnBrowser } from '../../deeplinks/own-browser.ts';
import { Failure } from '../../errors.ts';
import { asciiUrl, parseUrl } from '../../links/destination.ts';
import { effective } from '../../links/overlay.ts';
import { statusOf } from '../../visits/answer-status.ts';
import { decide } from '../../visits/decide.ts';
import type { Decision } from '../../visits/decision.ts';
import { describedBy } from '../../visits/described-page.ts';
import { describedVisit, descriptionProblems, visitedQuery } from '../../visits/described-visit.ts';
import { asksForFlow, flowOf } from '../../visits/flow.ts';
import { lookedAt } from '../../visits/flow-answer.ts';
import { leadsHere } from '../../visits/leads-here.ts';
import { passwordInForce, passwordVersion } from '../../visits/link-password.ts';
import { visitInOwnBrowser } from '../../visits/own-browser-visit.ts';
import { flowStatus } from '../../visits/pages/flow-page.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import type { Circumstances } from '../../visits/rules.ts';
import { traceVisit } from '../../visits/trace.ts';
import { appStepsOf } from '../../visits/trace-app-steps.ts';
import type { Visit } from '../../visits/visit.ts';
import type { KnownLink } from '../../visits/visit-directory.ts';
import { explainApps } from './app-explanation.ts';
import { opensByItself } from './opens-by-itself.ts';
import { previewSources } from './preview-sources.ts';
import { iso, milliseconds } from './schema.ts';
import {
  appStepToApi,
  FLOW_PAGE_SUMMARY,
  SUMMARIES,
  type simulated,
  type simulation,
  tracedRuleToApi,
} from './simulate-schema.ts';
import { findSimulated, type SimulatedLink, type SimulationContext } from './simulated-link.ts';
import { simulationWarnings } from './simulation-warnings.ts';

/** The question, as a body says it. */
export type Asked = z.infer<typeof simulation>;
type Described = NonNullable<Asked['visitor']>;
export type Simulated = z.infer<typeof simulated>;

const HANDED_OVER =
  'The visitor is handed to the device’s own browser, with the same short URL; "next" says what comes of it there.';

/**
 * Where a described visitor would be sent. Reads what a visit would read, and writes nothing.
 *
 * @throws Failure `invalid`, `not-found`, `unavailable`
 */
export async function simulate(
  context: SimulationContext,
  projectId: number,
  asked: Asked,
): Promise<Simulated> {
  const described = asked.visitor ?? {};
  // Text that was copied has spaces around it, and a query is put behind it.
  const url = asked.url?.trim();
  const ofUrl = url === undefined ? '' : (parseUrl(url)?.search.slice(1) ?? '');
  const query = visitedQuery(described, ofUrl);
  const problems = descriptionProblems({ ...described, query });
  if (problems.length > 0) {
    throw Failure.invalid(problems.map(({ field, message }) => ({ field: `visitor.${field}`, message })));
  }
  const found = await findSimulated(context, projectId, { ...asked, url }, query);
  const now = asked.at === undefined ? Date.now() : milliseconds(asked.at);
  const { known, group, link, longQuery } = found;
  // Where a long link leads is the visitor's word, and such pages speak for no link.
  const page = longQuery === null ? ((await context.previews.find(known.pageUrl)) ?? null) : null;
  const shown = describedBy({ link: known, group }, { url: known.pageUrl, texts: page }).link as KnownLink;
  const { userAgent, ...visit } = await visitOf(context, found, described);
  const looks = asksForFlow(visit.query);
  const flow = looks ? flowOf(shown, group, visit, now) : undefined;
  const traced = traceVisit(shown, group, visit, now);
  const decision = looks ? lookedAt(traced.decision) : traced.decision;
  const apps = await explainApps(context, longQuery === null ? link : ownApps(found));
  const { homeCountry } = await context.projects.load(projectId);
  const circumstances = { link: shown, group, visit, now };
  const shortUrl = context.domains.shortUrl(link.domainId, longQuery === null ? link.code : '');
  const visited = { shortUrl, query };
  const country = { home: homeCountry, ofVisitor: described.country };
  const isHandedOver = !flow && 'via' in decision && decision.via === 'browser';
  const following = isHandedOver ? { ...circumstances, visit: visitInOwnBrowser(visit) } : null;
  const opens = described.appInstalled
    ? await opensByItself(context, projectId, circumstances, new URL(`${shortUrl}?${query}`), isHandedOver)
    : null;
  const social = longQuery === null ? link.social : longSocial(found);
  return {
    linkId: link.publicId,
    shortUrl,
    at: iso(now),
    ...(flow
      ? flowToApi(flowStatus(flow.decision), recordedOf(circumstances, null, country))
      : decidedToApi(circumstances, decision, visited, country)),
    next:
      following &&
      decidedToApi(
        following,
        decide(shown, group, following.visit, now),
        { shortUrl, query: queryInOwnBrowser(query) },
        country,
      ),
    visitor: visitorToApi(visit, userAgent, described.language),
    rules: (flow ?? traced).rules.map(tracedRuleToApi),
    appOpensByItself: opens,
    apps,
    preview: previewSources({ known, group, social, page }, now),
    warnings: simulationWarnings(found, apps, described),
  };
}

interface Visited {
  readonly shortUrl: string;
  /** Without `?`. */
  readonly query: string;
}

/** Two letters each; of the visitor only what was said. */
interface Countries {
  readonly home: string;
  readonly ofVisitor: string | undefined;
}

function decidedToApi(
  of: Circumstances,
  decision: Decision,
  { shortUrl, query }: Visited,
  countries: Countries,
): NonNullable<Simulated['next']> {
  const { inApp } = of.visit.device;
  const forwarding = 'destination' in decision ? decision : null;
  const isHandedOver = forwarding?.via === 'browser' && isLeavable(inApp);
  return {
    outcome: decision.outcome,
    summary: isHandedOver ? HANDED_OVER : SUMMARIES[decision.outcome],
    status: statusOf(decision, of.visit),
    destination: isHandedOver
      ? urlForOwnBrowser(inApp, shortUrl, query)
      : (forwarding?.destination ?? (decision.outcome === 'ended' ? whereEnded(decision) : null)),
    via: forwarding?.via ?? null,
    page: pageOf(decision),
    appSteps: appStepsOf(of, decision).map(appStepToApi),
    recorded: recordedOf(of, decision, countries),
  };
}

function whereEnded({ expiredUrl }: Extract<Decision, { outcome: 'ended' }>): string | null {
  return expiredUrl === null ? null : asciiUrl(expiredUrl);
}

/** Of a visit that is looked at instead of gone: whoever comes stays on the page. */
function flowToApi(status: number, recorded: Simulated['recorded']): NonNullable<Simulated['next']> {
  const nowhere = { destination: null, via: null, page: null, appSteps: [] };
  return { outcome: 'flowPage', summary: FLOW_PAGE_SUMMARY, status, ...nowhere, recorded };
}

async function visitOf(
  context: SimulationContext,
  { known, group, query }: SimulatedLink,
  described: Described,
): Promise<Visit & { readonly userAgent: string }> {
  const password = passwordInForce(known, group);
  const isLimited = effective('maxClicks', known.settings, group?.settings) !== false;
  return {
    ...describedVisit({ ...described, query }),
    leadsHere: (url) => leadsHere(url, context.domains),
    unlocked: described.passwordGiven && password ? passwordVersion(password.hash) : null,
    slotsTaken: described.slotsTaken ?? (isLimited ? await context.slotsTaken(known.id) : 0),
  };
}

function pageOf(decision: Decision): Simulated['page'] {
  if (decision.outcome !== 'openApp') return null;
  const { appUrl, storeUrl, webUrl } = decision.page;
  return { appUrl, storeUrl, webUrl };
}

function visitorToApi(
  { visitor, device }: Visit,
  userAgent: string,
  language: string | undefined,
): Simulated['visitor'] {
  const { platform, osVersion, isIpad, mayBeIpad, lacksGooglePlay, inApp } = device;
  const told = { platform, osVersion, isIpad, mayBeIpad, lacksGooglePlay, inApp };
  return { kind: visitor, ...told, userAgent, language: chooseLanguage(language) };
}

/** @param decision null when it is not carried out */
function recordedOf(
  { link, group, visit }: Circumstances,
  decision: Decision | null,
  { home, ofVisitor }: Countries,
): Simulated['recorded'] {
  const isRecorded = decision !== null && 'record' in decision && decision.record !== 'none';
  const as = isRecorded ? decision.record : 'nothing';
  const foreign = ofVisitor === undefined ? null : ofVisitor.toUpperCase() !== home;
  const leavesOut = effective('excludeForeign', link.settings, group?.settings) !== false;
  return {
    as,
    takesSlot: isRecorded && 'limit' in decision && decision.limit !== null,
    qr: isRecorded && visit.qr,
    automated: isRecorded && visit.visitor === 'automated',
    foreign,
    leftOut: as === 'click' && foreign === true && leavesOut,
  };
}

/** What a long link says of apps is all its own: none of them is followed. */
function ownApps({ link, known }: SimulatedLink) {
  const described = (app: NonNullable<KnownLink['apps']>['ios']) => app && { ...app, savedAppId: null };
  return {
    projectId: link.projectId,
    apps: { ios: described(known.apps?.ios ?? null), android: described(known.apps?.android ?? null) },
  };
}

function longSocial({ known: { title, description, imageUrl } }: SimulatedLink) {
  return {
    ...(title === '' ? {} : { title }),
    ...(description === '' ? {} : { description }),
    ...(imageUrl === null ? {} : { imageUrl }),
  };
}
