import { isLongLinkQuery, readLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { LinkFacts } from '../links/link-facts-lookup.ts';
import type { LongLinks } from './long-links.ts';
import { ShortUrls } from './short-urls.ts';
import { NotKnownNow, type Target, type VisitDirectory } from './visit-directory.ts';

/** A short link that has led to an app, by its row. */
export interface FollowedLink {
  readonly linkId: number;
  /** Of the visited URL, without `?`. */
  readonly query: string;
}

/** A link that has been found, and the visited URL. */
export interface FoundAppLink {
  readonly target: Target;
  /** As `Visit` has it. */
  readonly query: string;
  /** Of a long link the whole of it; null: the link's short URL. */
  readonly longUrl: string | null;
}

export interface AppLinkSearchParts {
  readonly directory: VisitDirectory;
  readonly domains: DomainDirectory;
  /** Hosts that mean the default domain. */
  readonly domainAliases: readonly string[];
  readonly longLinks: Pick<LongLinks, 'find'>;
}

const NOTHING: Target = { link: undefined, group: undefined };

/** Finds links, short and long, by what apps have of them: a URL, or the click that led there. */
export class AppLinkSearch {
  readonly #parts: AppLinkSearchParts;
  readonly #urls: ShortUrls;

  constructor(parts: AppLinkSearchParts) {
    this.#parts = parts;
    this.#urls = new ShortUrls(parts.domains, parts.domainAliases);
  }

  /** Whether a URL is a short link's, or could be. */
  isShortUrl(url: string): boolean {
    return this.#urls.read(url) !== undefined;
  }

  async byUrl(url: string): Promise<FoundAppLink | 'notShort' | 'unavailable'> {
    const place = this.#urls.read(url);
    if (!place) return 'notShort';
    const { domain, code, query } = place;
    return await whatIsKnown(async () => {
      if (code === '' && isLongLinkQuery(query)) return await this.#long(domain, query);
      return { target: await this.#parts.directory.find(domain.id, code), query, longUrl: null };
    });
  }

  /** @param query of the visited URL, without `?` */
  async byFacts(facts: LinkFacts, query: string): Promise<FoundAppLink | 'unavailable'> {
    return await whatIsKnown(async () => {
      const domain = facts.standsForLongLinks ? this.#parts.domains.byId(facts.domainId) : undefined;
      if (domain) return await this.#long(domain, query);
      return { target: await this.#parts.directory.find(facts.domainId, facts.code), query, longUrl: null };
    });
  }

  async #long(domain: Domain, query: string): Promise<FoundAppLink> {
    const longLink = readLongLinkQuery(query);
    const found = await this.#parts.longLinks.find(domain, longLink);
    const target = 'target' in found ? found.target : NOTHING;
    const longUrl = `${this.#parts.domains.shortUrl(domain.id, '')}?${query}`;
    return { target, query: longLink.visitQuery, longUrl };
  }
}

/** `unavailable` when it cannot be said now whether there is a link. */
async function whatIsKnown<T>(find: () => Promise<T>): Promise<T | 'unavailable'> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotKnownNow) return 'unavailable';
    throw error;
  }
}
