import { allows } from '../../accounts/scope.ts';
import { infoFieldOf, infoOfParameters } from '../../deeplinks/firebase/dynamic-link-info.ts';
import { type Finding, sentenceOf } from '../../deeplinks/firebase/finding.ts';
import {
  type FirebaseLink,
  longLinkParameters,
  readFirebaseLink,
} from '../../deeplinks/firebase/firebase-link.ts';
import { withPassedOn } from '../../deeplinks/firebase/long-link.ts';
import type { LongLinkParameter } from '../../deeplinks/firebase/long-link-parameters.ts';
import type { ShortLink, WantedShortLink } from '../../deeplinks/firebase/short-link-service.ts';
import { Failure } from '../../errors.ts';
import { codeProblem, normalizeCode } from '../../links/code.ts';
import type { Domain } from '../../links/domain.ts';
import { textProblem } from '../../links/text.ts';
import type { ApiContext } from '../api-context.ts';
import { leadsAnywhere, OwnAppRules } from '../own-app-rules.ts';
import type { Principal } from '../principal.ts';
import { appKeyProblem } from './app-key-rules.ts';
import { type AskedLink, askedLink } from './asked-link.ts';
import { GoogleError } from './google-error.ts';
import type { ShortLinkRequest } from './short-link-schema.ts';

/** A short link as it is answered. */
export interface MadeShortLink {
  readonly shortLink: string;
  readonly previewLink: string;
  readonly warning: readonly {
    readonly warningCode: string;
    readonly warningMessage: string;
    readonly warningDocumentLink: string;
  }[];
  readonly createdAt: number;
  /** What the link says, in the form of a body. */
  readonly info: object;
}

const SUFFIX = 'suffix.customSuffix';

/** What every parameter is for, in the words of those who made them up. */
const PARAMETERS_EXPLAINED = 'https://firebase.google.com/docs/dynamic-links/create-manually';

/** @throws GoogleError, Failure */
export async function makeShortLink(
  context: ApiContext,
  principal: Principal,
  request: ShortLinkRequest & { readonly name?: string | undefined },
): Promise<MadeShortLink> {
  const asked = askedLink(request);
  const domain = domainOf(context, principal, asked);
  const { link, findings } = readLink(context, asked);
  await requireAllowed(context, principal, link);
  const suffix = suffixOf(context, principal, request);
  const memo = memoOf(request.name);
  const { projectId, actor } = principal;
  const wanted: WantedShortLink = { projectId, domain, link, memo, suffix };
  const made: ShortLink = await context.shortLinks
    .findOrCreate(actor, wanted)
    .catch((error: unknown) => inFirebaseWords(error, asked));
  const shortLink = context.domains.shortUrl(made.domainId, made.code);
  const all = [...asked.findings, ...findings, ...(await notInProject(context, projectId, link))];
  return {
    shortLink,
    previewLink: `${shortLink}?d=1`,
    warning: all.map((finding) => ({
      warningCode: finding.code,
      warningMessage: sentenceOf(finding, asked.isInfo ? infoFieldOf : (parameter) => parameter),
      warningDocumentLink: PARAMETERS_EXPLAINED,
    })),
    createdAt: made.createdAt,
    info: { domainUriPrefix: asked.uriPrefix, ...infoOfParameters(longLinkParameters(link)) },
  };
}

/** What is called here otherwise, of all that may still be wrong when the link is made. */
const PARAMETERS: Readonly<Record<string, LongLinkParameter>> = {
  destination: 'link',
  desktopUrl: 'ofl',
  'apps.ios.storeUrl': 'ifl',
  'apps.ios.ipadStoreUrl': 'ipfl',
  'apps.android.storeUrl': 'afl',
};

function inFirebaseWords(error: unknown, { isInfo }: AskedLink): never {
  if (!(error instanceof Failure)) throw error;
  const fields = error.fields.map(({ field, message }) => {
    const parameter = PARAMETERS[field];
    if (field === 'code') return { field: SUFFIX, message };
    if (parameter === undefined) return { field, message };
    return isInfo
      ? { field: `dynamicLinkInfo.${infoFieldOf(parameter)}`, message }
      : { field: 'longDynamicLink', message: `${parameter} ${message}` };
  });
  throw error.code === 'invalid' ? Failure.invalid(fields) : new Failure(error.code, error.message, fields);
}

function domainOf(context: ApiContext, { projectId }: Principal, asked: AskedLink): Domain {
  const domain = context.domains.named(asked.uriPrefix, projectId, context.domainAliases);
  if (domain) return domain;
  const field = asked.isInfo ? 'dynamicLinkInfo.domainUriPrefix' : 'longDynamicLink';
  const message = 'names no short domain of this project; GET /api/v1/domains lists those there are';
  throw GoogleError.invalid([{ field, message }]);
}

/** What can be used of it; what cannot is warned of, unless it is the link itself. */
function readLink(
  { longLinks }: ApiContext,
  asked: AskedLink,
): { readonly link: FirebaseLink; readonly findings: readonly Finding[] } {
  const { link, findings } = readFirebaseLink(asked.parameters, (url) => longLinks.isLongLink(url));
  if (!link) {
    const { message = 'link is required' } = findings.find(({ parameter }) => parameter === 'link') ?? {};
    const field = asked.isInfo ? 'dynamicLinkInfo.link' : 'longDynamicLink';
    throw GoogleError.invalid([{ field, message }]);
  }
  return { link: withPassedOn(link, asked.passedOn), findings };
}

/** A key inside an app makes links into that app, to places the project leads to anyway. */
async function requireAllowed(
  { longLinks, knownApps }: ApiContext,
  principal: Principal,
  link: FirebaseLink,
): Promise<void> {
  const { projectId, apps } = principal;
  if (apps !== null) {
    const problem = appKeyProblem(link, new OwnAppRules(apps, await knownApps.of(projectId)));
    if (problem !== undefined) throw new GoogleError('PERMISSION_DENIED', problem);
  }
  if (leadsAnywhere(principal)) return;
  const unknown = await longLinks.unknownHost(projectId, link);
  if (unknown) throw new GoogleError('PERMISSION_DENIED', unknown.message);
}

function suffixOf(
  { reserved }: ApiContext,
  { scopes }: Principal,
  { suffix }: ShortLinkRequest,
): WantedShortLink['suffix'] {
  const { option = 'OPTION_UNSPECIFIED', customSuffix } = suffix ?? {};
  if (option === 'SHORT' || option === 'UNGUESSABLE') return option;
  if (option === 'OPTION_UNSPECIFIED') return 'UNGUESSABLE';
  if (!allows(scopes, 'links:write'))
    throw new GoogleError('PERMISSION_DENIED', 'To choose a suffix the API key needs the scope links:write.');
  const code = normalizeCode(customSuffix ?? '');
  const problem = codeProblem(code, reserved);
  if (problem) throw GoogleError.invalid([{ field: SUFFIX, message: problem }]);
  return { custom: code };
}

function memoOf(name: string | undefined): string {
  if (name === undefined) return '';
  const problem = textProblem(name, { min: 1, max: 255 });
  if (problem) throw GoogleError.invalid([{ field: 'name', message: problem }]);
  return name;
}

/** Apps the project has not saved, where it has saved others: often a slip of the pen. */
async function notInProject(
  { apps: saved }: ApiContext,
  projectId: number,
  { apps: { ios, android } }: FirebaseLink,
): Promise<Finding[]> {
  const named = [
    ['apn', 'android', android?.identifier, 'NOT_IN_PROJECT_ANDROID_PACKAGE_NAME'],
    ['ibi', 'ios', ios?.identifier, 'NOT_IN_PROJECT_IOS_BUNDLE_ID'],
    ['ipbi', 'ios', ios?.ipadIdentifier, 'NOT_IN_PROJECT_IPAD_BUNDLE_ID'],
  ] as const;
  if (named.every(([, , identifier]) => !identifier)) return [];
  const known = await saved.list({ projectId });
  return named.flatMap(([parameter, platform, identifier, code]) => {
    const ofPlatform = known.filter((app) => app.platform === platform);
    if (!identifier || ofPlatform.length === 0 || ofPlatform.some((app) => app.identifier === identifier))
      return [];
    const message = `${parameter} names none of the apps saved in this project; the short link opens it all the same, the long link does not`;
    return [{ parameter, code, message, misleads: false }];
  });
}
