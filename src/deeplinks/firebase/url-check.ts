import { httpUrlProblem, LONGEST_URL_BYTES, urlHost } from '../../links/destination.ts';
import type { Finding, LinkName } from './finding.ts';
import type { LongLinkParameter } from './long-link-parameters.ts';

const LINK_NAMES: { readonly [P in LongLinkParameter]?: LinkName } = {
  link: 'DEEP_LINK',
  al: 'ANDROID_LINK',
  afl: 'ANDROID_FALLBACK_LINK',
  ifl: 'IOS_FALLBACK_LINK',
  ipfl: 'IPAD_FALLBACK_LINK',
  ofl: 'DESKTOP_FALLBACK_LINK',
  si: 'SOCIAL_IMAGE_LINK',
};

/** Where Firebase kept its links; they lead nowhere any more. */
const FIREBASE_HOSTS = /(^|\.)(page\.link|app\.goo\.gl)$/;

/** @param host as `urlHost` gives it */
export function isFirebaseHost(host: string): boolean {
  return FIREBASE_HOSTS.test(host);
}

/** What is wrong with a parameter that has to be a URL, or undefined. */
export function checkUrl(
  parameter: LongLinkParameter,
  value: string,
  isLongLink: (url: string) => boolean,
): Finding | undefined {
  const name = LINK_NAMES[parameter] ?? 'DEEP_LINK';
  const misleads = parameter !== 'si';
  const finding = (code: Finding['code'], message: string): Finding => ({
    parameter,
    code,
    message: `${parameter} ${message}`,
    misleads,
  });
  const problem = httpUrlProblem(value);
  if (problem !== undefined) {
    if (Buffer.byteLength(value) > LONGEST_URL_BYTES) return finding('TOO_LONG_PARAM', problem);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase();
    const isOther = scheme !== undefined && scheme !== 'http' && scheme !== 'https';
    return finding(isOther ? `BAD_URI_SCHEME_${name}` : `NOT_URI_${name}`, problem);
  }
  if (!misleads) return undefined;
  if (isFirebaseHost(urlHost(value)) || isLongLink(value)) {
    return finding(`DYNAMIC_LINK_AS_${name}`, 'must not be another dynamic link');
  }
  return undefined;
}
