import { withCampaign } from '../deeplinks/campaign.ts';
import type { Finding } from '../deeplinks/firebase/finding.ts';
import { type FirebaseLink, readFirebaseLink } from '../deeplinks/firebase/firebase-link.ts';
import { isLongLinkQuery, type LongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { type NamedHost, namedHosts } from '../deeplinks/firebase/named-hosts.ts';
import { withOwnAppsOnly } from '../deeplinks/firebase/own-apps.ts';
import { ipadApp } from '../deeplinks/ipad-app.ts';
import { isAppPage, isStorePageOf } from '../deeplinks/store-page.ts';
import { asciiUrl, splitUrl, urlHost } from '../links/destination.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { KnownApp, KnownApps } from '../links/known-apps.ts';
import { isStoreHost, type KnownHosts } from '../links/known-hosts.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { LongLinkStandIns } from '../links/long-link-stand-ins.ts';
import type { KnownLink, Target, VisitDirectory } from './visit-directory.ts';

export type FoundLongLink =
  | {
      readonly target: Target;
      /** Whether the link is there that stands for all long links of the domain; to those who look it need not be. */
      readonly hasStandIn: boolean;
    }
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
  async find(domain: Domain, query: LongLinkQuery): Promise<FoundLongLink> {
    return await this.#follow(domain, query, () => this.#standIn(domain));
  }

  /**
   * The same without a trace, for those who look at a visit instead of going it: where no long link of the domain was
   * visited yet, no link is made to stand for them, and nothing is set for them.
   *
   * @throws NotKnownNow, or whatever the store cannot be asked with
   */
  async look(domain: Domain, query: LongLinkQuery): Promise<FoundLongLink> {
    return await this.#follow(domain, query, () => this.#knownStandIn(domain));
  }

  async #follow(
    domain: Domain,
    { parameters }: LongLinkQuery,
    standIn: () => Promise<Target | undefined>,
  ): Promise<FoundLongLink> {
    const { link, findings } = readFirebaseLink(parameters, (url) => this.isLongLink(url));
    const misleading = findings.find(({ misleads }) => misleads);
    if (misleading || !link) return { why: misleading?.message ?? '' };
    const projectId = this.projectIdOf(domain);
    const shown = await this.#withKnownPicture(projectId, link);
    const unknown = await this.unknownHost(projectId, shown);
    if (unknown) return { why: unknown.message };
    const saved = await this.#parts.apps.of(projectId);
    const followed = withOwnAppsOnly(shown, saved);
    const found = await standIn();
    const base = found ?? { link: this.#unmade(domain), group: undefined };
    return { target: overlaid(base, followed, saved), hasStandIn: found !== undefined };
  }

  /** Whose hosts long links of the domain may lead to, and who sees their clicks. */
  projectIdOf(domain: Domain): number {
    return this.#parts.standIns.projectIdOf(domain);
  }

  /** Whether a URL is a long link itself, of one of our own domains. */
  isLongLink(url: string): boolean {
    const isOurs = this.#parts.domains.on(urlHost(url)).length > 0;
    return isOurs && isLongLinkQuery(splitUrl(url).query ?? '');
  }

  /** The first parameter that names a host to which the project does not lead. */
  async unknownHost(
    projectId: number,
    link: FirebaseLink,
  ): Promise<Pick<Finding, 'parameter' | 'message'> | undefined> {
    for (const named of namedHosts(link)) {
      if (await this.mayName(projectId, named)) continue;
      const { parameter } = named;
      const message = `${parameter} leads to a host that none of the project’s links lead to; whoever runs it can add the host to allowedHosts`;
      return { parameter, message };
    }
    return undefined;
  }

  /** Whether anybody may name such a place in a link of the project. */
  async mayName(
    projectId: number,
    { url, host, isFallback }: Omit<NamedHost, 'parameter'>,
  ): Promise<boolean> {
    const { apps, hosts } = this.#parts;
    if (isFallback && isAppPage(url)) return true;
    if (isStoreHost(host) && isStorePageOf(url, await apps.of(projectId))) return true;
    return await hosts.allows(projectId, host);
  }

  /** Nobody is sent to a picture, so that a link is good without it. */
  async #withKnownPicture(projectId: number, link: FirebaseLink): Promise<FirebaseLink> {
    const picture = namedHosts(link).find(({ parameter }) => parameter === 'si');
    if (!picture || (await this.mayName(projectId, picture))) return link;
    const { imageUrl: _, ...social } = link.social;
    return { ...link, social };
  }

  async #standIn(domain: Domain): Promise<Target> {
    const { directory, standIns } = this.#parts;
    const found = await directory.find(domain.id, await standIns.codeFor(domain));
    if (found.link) return found;
    standIns.forget(domain);
    return await directory.find(domain.id, await standIns.codeFor(domain));
  }

  async #knownStandIn(domain: Domain): Promise<Target | undefined> {
    const { directory, standIns } = this.#parts;
    // What is remembered may have been deleted.
    for (let attempt = 0; attempt < 2; attempt++) {
      const code = await standIns.knownCodeFor(domain);
      if (code === undefined) return undefined;
      const found = await directory.find(domain.id, code);
      if (found.link) return found;
      standIns.forget(domain);
    }
    return undefined;
  }

  /** What the link would be that is made with the first visit. Its row is none: nothing can be counted for it. */
  #unmade(domain: Domain): KnownLink {
    const destination = this.#parts.domains.shortUrl(domain.id, '');
    return {
      ...{ id: 0, routeId: 0, domainId: domain.id, projectId: this.projectIdOf(domain), groupId: null },
      ...{ destination, desktopDestination: null, pageUrl: destination, title: '', description: '' },
      ...{ imageUrl: null, apps: null, iosAppId: null, androidAppId: null, appRouting: {}, campaign: {} },
      ...{ settings: {}, deleteAt: null, timeZone: 'UTC' },
    };
  }
}

/** Pure. All that is said of where to go and how it looks is the long link's; all else is the stand-in's. */
export function overlaid(
  { link: base, group }: Target,
  link: FirebaseLink,
  saved: readonly KnownApp[],
): Target {
  if (!base) return { link: undefined, group };
  const { destination, desktopUrl, apps, appRouting, campaign, social } = link;
  const overlay: KnownLink = {
    ...base,
    destination: asciiUrl(withCampaign(destination, campaign)),
    desktopDestination: desktopUrl === null ? null : asciiUrl(withCampaign(desktopUrl, campaign)),
    apps: apps.ios === null && apps.android === null ? null : { ...apps, ipad: ipadAppIn(apps.ios, saved) },
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

function ipadAppIn(ios: OpenedApp | null, saved: readonly KnownApp[]): OpenedApp | undefined {
  const named = ios?.ipadIdentifier;
  return ipadApp(
    ios,
    saved.find(({ platform, identifier }) => platform === 'ios' && identifier === named),
  );
}
