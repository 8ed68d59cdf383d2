import { withCampaign } from '../deeplinks/campaign.ts';
import type { Finding } from '../deeplinks/firebase/finding.ts';
import { type FirebaseLink, readFirebaseLink } from '../deeplinks/firebase/firebase-link.ts';
import { isLongLinkQuery, type LongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { namedHosts } from '../deeplinks/firebase/named-hosts.ts';
import { withOwnAppsOnly } from '../deeplinks/firebase/own-apps.ts';
import { isStorePageOf } from '../deeplinks/store-page.ts';
import { asciiUrl, splitUrl, urlHost } from '../links/destination.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { KnownApps } from '../links/known-apps.ts';
import { isStoreHost, type KnownHosts } from '../links/known-hosts.ts';
import type { LongLinkStandIns } from '../links/long-link-stand-ins.ts';
import type { KnownLink, Target, VisitDirectory } from './visit-directory.ts';

export type FoundLongLink =
  | { readonly target: Target }
  /** It cannot be followed: a sentence that says why, with nothing in it that the visitor has sent. */
  | { readonly why: string };

interface LongLinksParts {
  readonly directory: VisitDirectory;
  readonly domains: DomainDirectory;
  readonly hosts: KnownHosts;
  readonly apps: KnownApps;
  readonly standIns: LongLinkStandIns;
}

/**
 * Firebase long links as links that can be visited: what the URL says, under the settings of the link that stands for
 * all long links of its domain.
 */
export class LongLinks {
  readonly #parts: LongLinksParts;

  constructor(parts: LongLinksParts) {
    this.#parts = parts;
  }

  /** @throws NotKnownNow, or whatever the store cannot be asked with */
  async find(domain: Domain, { parameters }: LongLinkQuery): Promise<FoundLongLink> {
    const { link, findings } = readFirebaseLink(parameters, (url) => this.isLongLink(url));
    const misleading = findings.find(({ misleads }) => misleads);
    if (misleading || !link) return { why: misleading?.message ?? '' };
    const projectId = this.projectIdOf(domain);
    const unknown = await this.unknownHost(projectId, link);
    if (unknown) return { why: unknown.message };
    const followed = await this.withOwnAppsOnly(projectId, link);
    return { target: overlaid(await this.#standIn(domain), followed) };
  }

  /** A long link as it is followed: to the project's own apps, where it has saved any. */
  async withOwnAppsOnly(projectId: number, link: FirebaseLink): Promise<FirebaseLink> {
    return withOwnAppsOnly(link, await this.#parts.apps.of(projectId));
  }

  /** Whose hosts long links of the domain may lead to, and who sees their clicks. */
  projectIdOf(domain: Domain): number {
    return this.#parts.standIns.projectIdOf(domain);
  }

  /** Whether a URL is a long link itself, of one of our own domains. */
  isLongLink(url: string): boolean {
    const { domains } = this.#parts;
    const host = urlHost(url);
    const isOurs = domains.ofHost(host).some((domain) => domain.host === host);
    return isOurs && isLongLinkQuery(splitUrl(url).query ?? '');
  }

  /** The first parameter that names a host to which the project does not lead. */
  async unknownHost(
    projectId: number,
    link: FirebaseLink,
  ): Promise<Pick<Finding, 'parameter' | 'message'> | undefined> {
    for (const { parameter, url, host, isFallback } of namedHosts(link)) {
      if (isStoreHost(host) && (isFallback || isStorePageOf(url, await this.#parts.apps.of(projectId))))
        continue;
      if (await this.#parts.hosts.allows(projectId, host)) continue;
      const message = `${parameter} leads to a host that none of the project’s links lead to; whoever runs it can add the host to allowedHosts`;
      return { parameter, message };
    }
    return undefined;
  }

  async #standIn(domain: Domain): Promise<Target> {
    const { directory, standIns } = this.#parts;
    const found = await directory.find(domain.id, await standIns.codeFor(domain));
    if (found.link) return found;
    standIns.forget(domain);
    return await directory.find(domain.id, await standIns.codeFor(domain));
  }
}

/** Pure. All that is said of where to go and how it looks is the long link's; all else is the stand-in's. */
export function overlaid({ link: base, group }: Target, link: FirebaseLink): Target {
  if (!base) return { link: undefined, group };
  const { destination, desktopUrl, apps, appRouting, campaign, social } = link;
  const overlay: KnownLink = {
    ...base,
    destination: asciiUrl(withCampaign(destination, campaign)),
    desktopDestination: desktopUrl === null ? null : asciiUrl(withCampaign(desktopUrl, campaign)),
    apps: apps.ios === null && apps.android === null ? null : apps,
    iosAppId: null,
    androidAppId: null,
    appRouting,
    campaign,
    title: social.title ?? '',
    description: social.description ?? '',
    imageUrl: social.imageUrl ?? null,
  };
  return { link: overlay, group };
}
