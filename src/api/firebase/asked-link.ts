import { parametersOfInfo } from '../../deeplinks/firebase/dynamic-link-info.ts';
import type { Finding } from '../../deeplinks/firebase/finding.ts';
import {
  isLongLinkQuery,
  type LongLinkParameters,
  readLongLinkQuery,
} from '../../deeplinks/firebase/long-link-parameters.ts';
import { parseUrl, splitUrl } from '../../links/destination.ts';
import { GoogleError } from './google-error.ts';
import type { ShortLinkRequest } from './short-link-schema.ts';

/** A link as a body asks for it, whichever of the two forms it has. */
export interface AskedLink {
  /** Where the short link is to be: host and path prefix, as a URL. */
  readonly uriPrefix: string;
  readonly parameters: LongLinkParameters;
  /** Pairs of a long link that mean nothing here and travel on to the deep link. */
  readonly passedOn: string;
  /** What is to be said of the form; about values that is said elsewhere. */
  readonly findings: readonly Finding[];
  /** Fields are called as in a section of the body, not as in a long link. */
  readonly isInfo: boolean;
}

/** Firebase's own bound. */
const LONGEST_LINK = 7_168;

/** @throws GoogleError when there is no link, or no place for it */
export function askedLink({ longDynamicLink, dynamicLinkInfo }: ShortLinkRequest): AskedLink {
  if (longDynamicLink) return ofLongLink(longDynamicLink);
  if (!dynamicLinkInfo) {
    const message = 'is required, or else dynamicLinkInfo';
    throw GoogleError.invalid([{ field: 'longDynamicLink', message }]);
  }
  const { domainUriPrefix, dynamicLinkDomain, ...info } = dynamicLinkInfo;
  const uriPrefix = domainUriPrefix || dynamicLinkDomain;
  if (!uriPrefix) {
    const message = 'is required: the domain of the link, such as https://go.example.com';
    throw GoogleError.invalid([{ field: 'dynamicLinkInfo.domainUriPrefix', message }]);
  }
  const findings = domainUriPrefix
    ? []
    : [warning('dynamicLinkDomain', 'DEPRECATED_PARAM', 'has become domainUriPrefix')];
  return { uriPrefix, parameters: parametersOfInfo(info), passedOn: '', findings, isInfo: true };
}

function ofLongLink(longLink: string): AskedLink {
  const { base, query = '', fragment } = splitUrl(longLink.trim());
  if (!/^https?:\/\//i.test(base) || parseUrl(base) === null || !isLongLinkQuery(query)) {
    const message =
      'must be a long link such as https://go.example.com/?link=https%3A%2F%2Fwww.example.com%2F';
    throw GoogleError.invalid([{ field: 'longDynamicLink', message }]);
  }
  const { parameters, unrecognized, passedOn } = readLongLinkQuery(query);
  const findings: Finding[] = [];
  if (unrecognized.length > 0) {
    const names = unrecognized.map((name) => JSON.stringify(name.slice(0, 40)));
    const message = `: none of a dynamic link’s parameters are called ${names.slice(0, 10).join(', ')}; they travel on to the deep link`;
    findings.push(warning('longDynamicLink', 'UNRECOGNIZED_PARAM', message));
  }
  if (longLink.length > LONGEST_LINK) {
    const message = `has more than ${LONGEST_LINK} characters, which not every app takes`;
    findings.push(warning('longDynamicLink', 'LINK_LENGTH_TOO_LONG', message));
  }
  if (fragment !== '') {
    const message = 'has a # that is not encoded (%23); what follows it was left out';
    findings.push(warning('longDynamicLink', 'LINK_WITH_FRAGMENTS', message));
  }
  return { uriPrefix: base, parameters, passedOn, findings, isInfo: false };
}

function warning(parameter: string, code: Finding['code'], message: string): Finding {
  const space = message.startsWith(':') ? '' : ' ';
  return { parameter, code, message: `${parameter}${space}${message}`, misleads: false };
}
