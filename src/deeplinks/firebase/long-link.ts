import { httpUrlProblem, parseUrl, splitUrl, withVisitQuery } from '../../links/destination.ts';
import type { Finding } from './finding.ts';
import type { FirebaseLink } from './firebase-link.ts';
import { isLongLinkQuery, type LongLinkParameters, readLongLinkQuery } from './long-link-parameters.ts';

/** A long link that somebody has written, taken apart. */
export interface LongLink {
  /** Domain and path prefix, as a URL. */
  readonly base: string;
  readonly parameters: LongLinkParameters;
  /** Pairs that mean nothing here and travel on to the deep link. */
  readonly passedOn: string;
  /** What is to be said of it as a whole, under the name `longDynamicLink`; about values that is said elsewhere. */
  readonly findings: readonly Finding[];
}

/** @returns undefined when it is no long link: no URL, or one without `link=` */
export function longLinkOf(url: string): LongLink | undefined {
  const { base, query = '', fragment } = splitUrl(url.trim());
  if (!/^https?:\/\//i.test(base) || parseUrl(base) === null || !isLongLinkQuery(query)) return undefined;
  const { parameters, unrecognized, passedOn } = readLongLinkQuery(query);
  const findings: Finding[] = [];
  if (unrecognized.length > 0) {
    const names = unrecognized.map((name) => JSON.stringify(name.slice(0, 40)));
    const message = `: none of a dynamic link’s parameters are called ${names.slice(0, 10).join(', ')}; they travel on to the deep link`;
    findings.push(warning('UNRECOGNIZED_PARAM', message));
  }
  if (fragment !== '')
    findings.push(
      warning('LINK_WITH_FRAGMENTS', ' has a # that is not encoded (%23); what follows it was left out'),
    );
  return { base, parameters, passedOn, findings };
}

function warning(code: Finding['code'], message: string): Finding {
  const parameter = 'longDynamicLink';
  return { parameter, code, message: `${parameter}${message}`, misleads: false };
}

/** As a visit of the long link would add it, to the web as to the app; a URL that would become too long stays. */
export function withPassedOn(link: FirebaseLink, query: string): FirebaseLink {
  if (query === '') return link;
  const added = <T extends string | null>(url: T): T => {
    const longer = url === null ? null : withVisitQuery(url, query);
    return httpUrlProblem(longer) === undefined ? (longer as T) : url;
  };
  const { destination, desktopUrl, apps } = link;
  const android = apps.android && { ...apps.android, deepLink: added(apps.android.deepLink) };
  return {
    ...link,
    destination: added(destination),
    desktopUrl: added(desktopUrl),
    apps: { ...apps, android },
  };
}
