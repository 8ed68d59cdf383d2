import type { z } from 'zod';
import { listAssociatedApps } from '../../apps/associated-apps.ts';
import { appFor } from '../../deeplinks/app-route.ts';
import { Failure } from '../../errors.ts';
import { effective } from '../../links/overlay.ts';
import { statusOf } from '../../visits/answer-status.ts';
import type { Decision } from '../../visits/decision.ts';
import { describedBy } from '../../visits/described-page.ts';
import { type DescribedVisit, describedVisit, descriptionProblems } from '../../visits/described-visit.ts';
import { passwordInForce, passwordVersion } from '../../visits/link-password.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import { traceVisit } from '../../visits/trace.ts';
import { appStepsOf } from '../../visits/trace-app-steps.ts';
import type { Visit } from '../../visits/visit.ts';
import type { KnownLink } from '../../visits/visit-directory.ts';
import type { ApiContext } from '../api-context.ts';
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
import { findSimulated, type SimulatedLink } from './simulated-link.ts';
import { simulationWarnings } from './simulation-warnings.ts';

type Asked = z.infer<typeof simulation>;
type Described = NonNullable<Asked['visitor']>;
type Simulated = z.infer<typeof simulated>;

/**
 * Where a described visitor would be sent. Reads what a visit would read, and writes nothing.
 *
 * @throws Failure `invalid`, `not-found`, `unavailable`
 */
export async function simulate(context: ApiContext, projectId: number, asked: Asked): Promise<Simulated> {
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
  const texts = await context.previews.textsOf(found.known.pageUrl, 0);
  const page = { url: found.known.pageUrl, texts };
  const shown = describedBy({ link: found.known, group: found.group }, page).link as KnownLink;
  const { userAgent, ...visit } = await visitOf(context, found, described);
  const { decision, rules } = traceVisit(shown, found.group, visit, now);
  const apps = await explainApps(context, found.isLong ? ownApps(found) : found.link);
  const forwarding = 'destination' in decision ? decision : null;
  return {
    linkId: found.link.publicId,
    shortUrl: context.domains.shortUrl(found.link.domainId, found.isLong ? '' : found.link.code),
    at: iso(now),
    outcome: decision.outcome,
    summary: SUMMARIES[decision.outcome],
    status: statusOf(decision),
    destination: forwarding?.destination ?? (decision.outcome === 'ended' ? decision.expiredUrl : null),
    via: forwarding?.via ?? null,
    page: pageOf(decision),
    visitor: visitorToApi(visit, userAgent, described.language),
    rules: rules.map(tracedRuleToApi),
    appSteps: appStepsOf(shown, visit, decision).map(appStepToApi),
    appOpensByItself: described.appInstalled ? await opensByItself(context, projectId, shown, visit) : null,
    apps,
    recorded: await recordedOf(context, projectId, found, visit, decision, described.country),
    preview: previewSources(found.isLong ? { ...found.link, social: longSocial(found) } : found.link, texts),
    warnings: simulationWarnings(found, apps, described),
  };
}

async function visitOf(
  context: ApiContext,
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

/** Whether the system opens an app that is there before anybody asks the server. */
async function opensByItself(
  context: ApiContext,
  projectId: number,
  { apps }: KnownLink,
  { visitor, device }: Visit,
): Promise<NonNullable<Simulated['appOpensByItself']>> {
  const app = apps && appFor(apps, device);
  const no = (why: string) => ({ value: false, why });
  if (visitor !== 'person') return no('Programs and robots open no apps.');
  if (!app) return no('The link has no app for this device.');
  if (device.inApp !== null) {
    return no('The browser inside another app follows the link itself, and does not ask the system.');
  }
  const platform = device.platform === 'android' ? 'android' : 'ios';
  const isIpad = device.isIpad || device.mayBeIpad;
  const identifier = (isIpad && app.ipadIdentifier) || app.identifier;
  if (!isAssociated(platform, identifier, await listAssociatedApps(context.database, [projectId]))) {
    return no(`The short domain cannot name ${identifier} as its app; "apps" says what is missing.`);
  }
  return {
    value: true,
    why: 'The short domain names the app as its own, so the system opens it and nobody asks here: the rules below are for a link that is typed into a browser, or when the app has not been verified yet. The app then asks what the link means, and that is counted.',
  };
}

async function recordedOf(
  context: ApiContext,
  projectId: number,
  { known, group }: SimulatedLink,
  visit: Visit,
  decision: Decision,
  country: string | undefined,
): Promise<Simulated['recorded']> {
  const isForwarded = 'record' in decision && decision.record !== 'none';
  const as = isForwarded ? decision.record : 'nothing';
  const { homeCountry } = await context.projects.load(projectId);
  const foreign = country === undefined ? null : country.toUpperCase() !== homeCountry;
  const leavesOut = effective('excludeForeign', known.settings, group?.settings) !== false;
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
