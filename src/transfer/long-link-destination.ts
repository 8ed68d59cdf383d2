import { longLinkOf } from '../deeplinks/firebase/long-link.ts';
import { isLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { isFirebaseHost } from '../deeplinks/firebase/url-check.ts';
import { parseUrl, splitUrl } from '../links/destination.ts';
import { hostNameFrom } from '../links/host-name.ts';
import { rootOf } from '../links/requested-path.ts';
import { objectOf, RowNotes } from './field-reading.ts';
import { firebaseFacts } from './firebase-facts.ts';
import type { Reading, Row } from './source.ts';

/** A domain whose long links are ours to follow. */
export interface OwnDomain {
  readonly host: string;
  /** Empty for none. */
  readonly pathPrefix: string;
}

/** Both may say something of it: what the row says itself counts. */
const MEMBERS = ['social', 'campaign', 'apps', 'appRouting'] as const;

/**
 * A link that leads to a Firebase long link leads nowhere, where that is Firebase's, and twice through here, where it
 * is ours. So it becomes what the long link says. What an export of ours tells, which has an id, stays as it was.
 *
 * @param domains those of the project; long links of the domain that the row names itself are followed too
 */
export function withoutLongLink(reading: Reading, domains: readonly OwnDomain[]): Reading {
  if (!('row' in reading) || reading.row.kind !== 'link' || reading.row.id !== undefined) return reading;
  const { row } = reading;
  const all = [...domains, ...domainOf(row)];
  const isLongLink = (url: string) => standsFor(url, all);
  const destination = String(row.destination);
  const longLink = isLongLink(destination) ? longLinkOf(destination) : undefined;
  if (!longLink) return reading;
  const notes = new RowNotes();
  notes.note('its destination is a dynamic long link: it leads where that says, with the apps it names');
  const facts = firebaseFacts(longLink, notes, isLongLink);
  if ('problem' in facts)
    return {
      problem: `its destination is a dynamic long link that cannot be followed: ${facts.problem}`,
      destination,
    };
  const merged = MEMBERS.flatMap((name) => {
    const member = { ...facts[name], ...objectOf(row[name]) };
    return Object.keys(member).length === 0 ? [] : [[name, member] as const];
  });
  const { desktopUrl } = facts;
  return {
    row: {
      ...(desktopUrl === undefined ? {} : { desktopUrl }),
      ...row,
      destination: facts.destination,
      ...Object.fromEntries(merged),
    },
    notes: [...notes.notes, ...reading.notes],
  };
}

/** Whether a URL is a long link: at the root of a domain, and on hosts of Firebase's at whatever path. */
function standsFor(url: string, domains: readonly OwnDomain[]): boolean {
  if (!isLongLinkQuery(splitUrl(url).query ?? '')) return false;
  const parsed = parseUrl(url);
  if (parsed === null) return false;
  const host = hostNameFrom(parsed.host);
  if (isFirebaseHost(host)) return true;
  const root = rootOf(parsed.pathname);
  return domains.some(
    (domain) => domain.host === host && (root === '/' || root === `/${domain.pathPrefix}/`),
  );
}

function domainOf({ domain }: Row): OwnDomain[] {
  if (typeof domain !== 'string') return [];
  const [host = '', ...prefix] = domain.split('/');
  return [{ host: hostNameFrom(host), pathPrefix: prefix.join('/') }];
}
