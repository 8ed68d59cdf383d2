import type { AppRouting } from '../../links/app-routing.ts';
import { STORE_PARAMETERS } from '../../links/app-routing.ts';
import { CAMPAIGN_FIELDS, type Campaign, type Social } from '../../links/link.ts';
import { appDetailsProblems, customSchemeProblem, type OpenedApp } from '../../links/link-app.ts';
import { textProblem } from '../../links/text.ts';
import { schemeNamedAs } from '../own-schemes.ts';
import type { Finding, WarningCode } from './finding.ts';
import type { LongLinkParameter, LongLinkParameters } from './long-link-parameters.ts';
import { checkUrl } from './url-check.ts';

/** What a Firebase link says, in the product's own words. */
export interface FirebaseLink {
  readonly destination: string;
  readonly desktopUrl: string | null;
  readonly apps: { readonly ios: OpenedApp | null; readonly android: OpenedApp | null };
  readonly appRouting: AppRouting;
  readonly campaign: Campaign;
  readonly social: Social;
}

export interface ReadFirebaseLink {
  /** What can be used of it; null without a `link` to lead to. */
  readonly link: FirebaseLink | null;
  /** What could not be used, and what would do nothing. */
  readonly findings: readonly Finding[];
}

const LONGEST_TITLE = 255;
const LONGEST_DESCRIPTION = 1_000;
const LONGEST_VALUE = 255;
const LONGEST_VERSION = 50;

/**
 * Pure. What a long link (or the body of a call, in the same words) comes to. A value that is not what it should be is
 * left out and named; texts that are too long are cut.
 *
 * @param isLongLink whether a URL is a long link of one of our own domains: such a link would go in circles
 */
export function readFirebaseLink(
  given: LongLinkParameters,
  isLongLink: (url: string) => boolean = () => false,
): ReadFirebaseLink {
  const findings: Finding[] = [];
  const find = (parameter: LongLinkParameter, code: WarningCode, message: string, misleads = false) => {
    findings.push({ parameter, code, message, misleads });
  };
  const url = (parameter: LongLinkParameter): string | null => {
    const value = given[parameter];
    if (value === undefined || (value === '' && parameter !== 'link')) return null;
    const finding = checkUrl(parameter, value, isLongLink);
    if (finding) findings.push(finding);
    return finding ? null : value;
  };
  const text = (parameter: LongLinkParameter, longest: number): string | undefined => {
    const value = given[parameter]?.toWellFormed();
    if (!value) return undefined;
    if (value.length > longest) {
      find(parameter, 'TOO_LONG_PARAM', `${parameter} has more than ${longest} characters and was cut`);
    }
    const kept = value.slice(0, longest).toWellFormed();
    const problem = textProblem(kept, { max: longest });
    if (problem) find(parameter, 'MALFORMED_PARAM', `${parameter} ${problem}, and was left out`);
    return problem ? undefined : kept;
  };
  const unnecessary = (parameter: LongLinkParameter, code: WarningCode, misses: 'apn' | 'ibi') => {
    const message = `${parameter} does nothing without ${misses}`;
    if (given[parameter]) findings.push({ parameter, code, message, misses, misleads: false });
  };

  if (given.link === undefined)
    find('link', 'NOT_URI_DEEP_LINK', 'link is missing: where does it lead?', true);
  const destination = url('link');
  if (destination?.includes('#'))
    find('link', 'LINK_WITH_FRAGMENTS', 'link has a fragment, which apps may not be handed');
  const appStoreId = given.isi || null;
  const minCode = given.amv || null;
  const namedScheme = given.ius || null;
  const schemeProblem = namedScheme === null ? undefined : customSchemeProblem(namedScheme);
  const ipad = identifier('ios', 'ipbi', given, find);

  const bundleId = identifier('ios', 'ibi', given, find) ?? ipad;
  const packageName = identifier('android', 'apn', given, find);
  if (packageName === null) {
    unnecessary('amv', 'UNNECESSARY_ANDROID_PACKAGE_MIN_VERSION', 'apn');
    unnecessary('al', 'UNNECESSARY_ANDROID_LINK', 'apn');
    unnecessary('afl', 'UNNECESSARY_ANDROID_FALLBACK_LINK', 'apn');
  } else if (minCode !== null && !/^\d{1,10}$/.test(minCode)) {
    const message = 'amv must be a whole number, the versionCode of the app, and was left out';
    find('amv', 'NOT_INTEGER_ANDROID_PACKAGE_MIN_VERSION', message);
  }
  if (bundleId === null) {
    unnecessary('ius', 'UNNECESSARY_IOS_URL_SCHEME', 'ibi');
    unnecessary('isi', 'UNNECESSARY_IOS_APP_STORE_ID', 'ibi');
    unnecessary('ifl', 'UNNECESSARY_IOS_FALLBACK_LINK', 'ibi');
    unnecessary('ipfl', 'UNNECESSARY_IPAD_FALLBACK_LINK', 'ibi');
    unnecessary('imv', 'UNNECESSARY_IOS_MINIMUM_VERSION', 'ibi');
  } else {
    if (appStoreId !== null && !/^\d{1,20}$/.test(appStoreId))
      find(
        'isi',
        'NOT_NUMERIC_IOS_APP_STORE_ID',
        'isi must be the digits of the App Store, and was left out',
      );
    if (schemeProblem) find('ius', 'MALFORMED_PARAM', `ius ${schemeProblem}, and was left out`);
  }
  if (given.al) find('al', 'DEPRECATED_PARAM', 'al is an old way to say it; it is followed on Android');
  if (given.d && given.d !== '1')
    find(
      'd',
      'BAD_DEBUG_PARAM',
      'd is 1 for the page that shows the flow of a link; another does nothing, and does not travel on',
    );

  const urls = { afl: url('afl'), al: url('al'), ifl: url('ifl'), ipfl: url('ipfl') };
  const desktopUrl = url('ofl');
  const imageUrl = url('si');
  const ios: OpenedApp | null =
    bundleId === null
      ? null
      : {
          identifier: bundleId,
          storeUrl: urls.ifl,
          appStoreId: appStoreId !== null && /^\d{1,20}$/.test(appStoreId) ? appStoreId : null,
          minVersion: text('imv', LONGEST_VERSION) ?? null,
          customScheme: (schemeProblem ? null : namedScheme) ?? schemeNamedAs(bundleId),
          deepLink: null,
          ipadIdentifier: ipad === bundleId ? null : ipad,
          ipadStoreUrl: urls.ipfl,
        };
  const android: OpenedApp | null =
    packageName === null
      ? null
      : {
          identifier: packageName,
          storeUrl: urls.afl,
          appStoreId: null,
          minVersion: minCode !== null && /^\d{1,10}$/.test(minCode) ? minCode : null,
          customScheme: null,
          deepLink: urls.al,
          ipadIdentifier: null,
          ipadStoreUrl: null,
        };
  const routing = STORE_PARAMETERS.map((name) => [name, text(name, LONGEST_VALUE)] as const);
  const campaign = CAMPAIGN_FIELDS.map((field) => [field, text(`utm_${field}`, LONGEST_VALUE)] as const);
  const title = text('st', LONGEST_TITLE);
  const description = text('sd', LONGEST_DESCRIPTION);
  if (destination === null) return { link: null, findings };
  const link: FirebaseLink = {
    destination,
    desktopUrl,
    apps: { ios, android },
    appRouting: { ...saidOnly(routing), ...(given.efr === '1' ? { forceRedirect: true } : {}) },
    campaign: saidOnly(campaign),
    social: saidOnly([
      ['title', title],
      ['description', description],
      ['imageUrl', imageUrl ?? undefined],
    ]),
  };
  return { link, findings };
}

/** The same link as a long link says it: what `readFirebaseLink` reads to the same again. */
export function longLinkParameters(link: FirebaseLink): LongLinkParameters {
  const { ios, android } = link.apps;
  const said: [LongLinkParameter, string | null | undefined][] = [
    ['link', link.destination],
    ['apn', android?.identifier],
    ['afl', android?.storeUrl],
    ['amv', android?.minVersion],
    ['al', android?.deepLink],
    ['ibi', ios?.identifier],
    ['ifl', ios?.storeUrl],
    ['ius', ios?.customScheme === ios?.identifier ? null : ios?.customScheme],
    ['ipfl', ios?.ipadStoreUrl],
    ['ipbi', ios?.ipadIdentifier],
    ['isi', ios?.appStoreId],
    ['imv', ios?.minVersion],
    ['efr', link.appRouting.forceRedirect ? '1' : undefined],
    ['ofl', link.desktopUrl],
    ['st', link.social.title],
    ['sd', link.social.description],
    ['si', link.social.imageUrl],
    ...CAMPAIGN_FIELDS.map((field) => [`utm_${field}` as const, link.campaign[field]] as const).map(
      ([name, value]): [LongLinkParameter, string | undefined] => [name, value],
    ),
    ...STORE_PARAMETERS.map((name): [LongLinkParameter, string | undefined] => [name, link.appRouting[name]]),
  ];
  return Object.fromEntries(said.filter(([, value]) => value != null && value !== ''));
}

type Find = (parameter: LongLinkParameter, code: WarningCode, message: string) => void;

/** A bundle id or package name, or null when there is none that could be one. */
function identifier(
  platform: 'ios' | 'android',
  parameter: 'apn' | 'ibi' | 'ipbi',
  given: LongLinkParameters,
  find: Find,
): string | null {
  const value = given[parameter];
  if (!value) return null;
  const [problem] = appDetailsProblems(platform, { identifier: value }, '');
  if (problem) find(parameter, 'MALFORMED_PARAM', `${parameter} ${problem.message}, and was left out`);
  return problem ? null : value;
}

function saidOnly<K extends string>(
  entries: readonly (readonly [K, string | undefined])[],
): { readonly [P in K]?: string } {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as {
    readonly [P in K]?: string;
  };
}
