import { isLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { parseUrl } from '../links/destination.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import { hostNameFrom } from '../links/host-name.ts';
import { type RequestedPath, requestedPath, rootOf } from '../links/requested-path.ts';

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
    const parsed = parseUrl(url);
    if (parsed === null || parsed.username !== '' || parsed.password !== '') return undefined;
    // A request is served whatever its `Host` says; a URL with a host that nobody registered is somebody else's.
    const isAlias = this.#aliases.includes(hostNameFrom(parsed.host));
    const named = isAlias ? [this.#domains.default] : this.#domains.on(parsed.host);
    const query = parsed.search.slice(1);
    const path = isLongLinkQuery(query) ? rootOf(parsed.pathname) : parsed.pathname;
    const place = requestedPath(path, named);
    return place && { ...place, query };
  }
}
