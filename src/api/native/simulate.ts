import type { z } from 'zod';
import { listAssociatedApps } from '../../apps/associated-apps.ts';
import { appFor } from '../../deeplinks/app-route.ts';
import { isLeavable, queryInOwnBrowser, urlForOwnBrowser } from '../../deeplinks/own-browser.ts';
import { Failure } from '../../errors.ts';
import { effective } from '../../links/overlay.ts';
import { statusOf } from '../../visits/answer-status.ts';
import { decide } from '../../visits/decide.ts';
import type { Decision } from '../../visits/decision.ts';
import { describedBy } from '../../visits/described-page.ts';
import { type DescribedVisit, describedVisit, descriptionProblems } from '../../visits/described-visit.ts';
import { passwordInForce, passwordVersion } from '../../visits/link-password.ts';
import { visitInOwnBrowser } from '../../visits/own-browser-visit.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import type { Circumstances } from '../../visits/rules.ts';
import { traceVisit } from '../../visits/trace.ts';
import { appStepsOf } from '../../visits/trace-app-steps.ts';
import type { Visit } from '../../visits/visit.ts';
import type { KnownLink } from '../../visits/visit-directory.ts';
import { explainApps, isAssociated } from './app-explanation.ts';
import { previewSources } from './preview-sources.ts';
import { iso, milliseconds } from './schema.ts';
import {
  appStepToApi,
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
const OPENS =
  'The short domain names the app as its own, so the system opens it and nobody asks here: the rules below are for a link that is typed into a browser, or when the app has not been verified yet. The app then asks what the link means, and that is counted.';
const OPENS_ON_THE_WAY =
  'The short domain names the app as its own, and the system sees the link on its way to the device’s own browser: it can open the app right then, and "next" is for when it does not.';

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
  const problems = descriptionProblems(described);
  if (problems.length > 0) {
    throw Failure.invalid(problems.map(({ field, message }) => ({ field: `visitor.${field}`, message })));
  }
  const found = await findSimulated(context, projectId, asked);
  if (found.query !== '' && described.query !== undefined) {
    throw Failure.invalidField('visitor.query', 'the url has a query already; leave one of the two out');
  }
  const now = asked.at === undefined ? Date.now() : milliseconds(asked.at);
  const { known, group, link, longQuery } = found;
  // Where a long link leads is the visitor's word, and such pages speak for no link.
  const page = longQuery === null ? ((await context.previews.find(known.pageUrl)) ?? null) : null;
  const shown = describedBy({ link: known, group }, { url: known.pageUrl, texts: page }).link as KnownLink;
  const { userAgent, ...visit } = await visitOf(context, found, described);
  const { decision, rules } = traceVisit(shown, group, visit, now);
  const apps = await explainApps(context, longQuery === null ? link : ownApps(found));
  const { homeCountry } = await context.projects.load(projectId);
  const circumstances = { link: shown, group, visit, now };
  const shortUrl = context.domains.shortUrl(link.domainId, longQuery === null ? link.code : '');
  const visitedQuery = queryOf(found, described);
  const country = { home: homeCountry, ofVisitor: described.country };
  const isHandedOver = 'via' in decision && decision.via === 'browser';
  const following = isHandedOver ? { ...circumstances, visit: visitInOwnBrowser(visit) } : null;
  const opens = described.appInstalled
    ? await opensByItself(context, projectId, circumstances, isHandedOver)
    : null;
  const social = longQuery === null ? link.social : longSocial(found);
  return {
    linkId: link.publicId,
    shortUrl,
    at: iso(now),
    ...decidedToApi(circumstances, decision, { shortUrl, query: visitedQuery }, country),
    next:
      following &&
      decidedToApi(
        following,
        decide(shown, group, following.visit, now),
        { shortUrl, query: queryInOwnBrowser(visitedQuery) },
        country,
      ),
    visitor: visitorToApi(visit, userAgent, described.language),
    rules: rules.map(tracedRuleToApi),
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
    status: statusOf(decision),
    destination: isHandedOver
      ? urlForOwnBrowser(inApp, shortUrl, query)
      : (forwarding?.destination ?? (decision.outcome === 'ended' ? decision.expiredUrl : null)),
    via: forwarding?.via ?? null,
    page: pageOf(decision),
    appSteps: appStepsOf(of, decision).map(appStepToApi),
    recorded: recordedOf(of, decision, countries),
  };
}

/** Of the visited URL, as it was named. */
function queryOf({ query, longQuery }: SimulatedLink, described: Described): string {
  if (longQuery === null) return described.query ?? query;
  return [longQuery, described.query].filter(Boolean).join('&');
}

async function visitOf(
  context: SimulationContext,
  { known, group, query }: SimulatedLink,
  described: Described,
): Promise<Visit & { readonly userAgent: string }> {
  const visit: DescribedVisit = { ...described, query: described.query ?? query };
  const password = passwordInForce(known, group);
  const isLimited = effective('maxClicks', known.settings, group?.settings) !== false;
  return {
    ...describedVisit(visit),
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

/** Whether the system opens an app that is there before anybody asks the server, or while the link is handed over. */
async function opensByItself(
  context: SimulationContext,
  projectId: number,
  { link: { apps }, visit: { visitor, device } }: Circumstances,
  isHandedOver: boolean,
): Promise<NonNullable<Simulated['appOpensByItself']>> {
  const app = apps && appFor(apps, device);
  const no = (why: string) => ({ value: false, why });
  if (visitor !== 'person') return no('Programs and robots open no apps.');
  if (!app) return no('The link has no app for this device.');
  if (device.inApp !== null && !isHandedOver) {
    return no('The browser inside another app follows the link itself, and does not ask the system.');
  }
  const platform = device.platform === 'android' ? 'android' : 'ios';
  const { identifier } = app;
  if (!isAssociated(platform, identifier, await listAssociatedApps(context.database, [projectId]))) {
    return no(`The short domain cannot name ${identifier} as its app; "apps" says what is missing.`);
  }
  return { value: true, why: isHandedOver ? OPENS_ON_THE_WAY : OPENS };
}

function recordedOf(
  { link, group, visit }: Circumstances,
  decision: Decision,
  { home, ofVisitor }: Countries,
): Simulated['recorded'] {
  const isForwarded = 'record' in decision && decision.record !== 'none';
  const as = isForwarded ? decision.record : 'nothing';
  const foreign = ofVisitor === undefined ? null : ofVisitor.toUpperCase() !== home;
  const leavesOut = effective('excludeForeign', link.settings, group?.settings) !== false;
  return {
    as,
    takesSlot: 'limit' in decision && decision.limit !== null,
    qr: isForwarded && visit.qr,
    automated: isForwarded && visit.visitor === 'automated',
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
