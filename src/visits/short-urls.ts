import { isLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import { type RequestedPath, requestedPath, rootOf } from './visit-request.ts';

export interface ShortUrl extends RequestedPath {
  /** Without `?`. */
  readonly query: string;
}

/** Tells short links of this installation, written out as URLs, from everything else. */
export class ShortUrls {
  readonly #domains: DomainDirectory;
  readonly #aliases: readonly string[];

  /** @param aliases hosts that mean the default domain */
  constructor(domains: DomainDirectory, aliases: readonly string[]) {
    this.#domains = domains;
    this.#aliases = aliases;
  }

  /**
   * Whether a link is there is another matter. The code is empty for a domain's root. Spaces around it, as text that was
   * copied has them, are nobody's fault.
   */
  read(text: string): ShortUrl | undefined {
    const url = text.trim();
    if (!/^https?:\/\//i.test(url)) return undefined;
    const parsed = URL.parse(url);
    if (parsed === null || parsed.username !== '' || parsed.password !== '') return undefined;
    // A request is served whatever its `Host` says; a URL with a host that nobody registered is somebody else's.
    const domains = this.#domains.ofHost(parsed.host).filter(({ host }) => host === parsed.host);
    const named = this.#aliases.includes(parsed.host) ? [this.#domains.default] : domains;
    const query = parsed.search.slice(1);
    const path = isLongLinkQuery(query) ? rootOf(parsed.pathname) : parsed.pathname;
    const place = requestedPath(path, named);
    return place && { ...place, query };
  }
}
