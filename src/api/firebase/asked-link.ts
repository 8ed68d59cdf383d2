import { parametersOfInfo } from '../../deeplinks/firebase/dynamic-link-info.ts';
import type { Finding } from '../../deeplinks/firebase/finding.ts';
import { longLinkOf } from '../../deeplinks/firebase/long-link.ts';
import {
  type LongLinkParameters,
  writeLongLinkQuery,
} from '../../deeplinks/firebase/long-link-parameters.ts';
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
  const parameters = parametersOfInfo(info);
  const findings = lengthFindings('dynamicLinkInfo', `${uriPrefix}/?${writeLongLinkQuery(parameters)}`);
  if (!domainUriPrefix)
    findings.push(warning('dynamicLinkDomain', 'DEPRECATED_PARAM', 'has become domainUriPrefix'));
  return { uriPrefix, parameters, passedOn: '', findings, isInfo: true };
}

function ofLongLink(longLink: string): AskedLink {
  const read = longLinkOf(longLink);
  if (!read) {
    const message =
      'must be a long link such as https://go.example.com/?link=https%3A%2F%2Fwww.example.com%2F';
    throw GoogleError.invalid([{ field: 'longDynamicLink', message }]);
  }
  const { base, parameters, passedOn } = read;
  const findings = [...read.findings, ...lengthFindings('longDynamicLink', longLink)];
  return { uriPrefix: base, parameters, passedOn, findings, isInfo: false };
}

/** Of a long link, whichever form it was said in. */
function lengthFindings(field: string, longLink: string): Finding[] {
  if (longLink.length <= LONGEST_LINK) return [];
  const message = `has more than ${LONGEST_LINK} characters as a long link, which not every app takes`;
  return [warning(field, 'LINK_LENGTH_TOO_LONG', message)];
}

function warning(parameter: string, code: Finding['code'], message: string): Finding {
  return { parameter, code, message: `${parameter} ${message}`, misleads: false };
}
