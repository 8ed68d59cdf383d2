import type { Domain } from './domain.ts';
import { hostNameFrom } from './host-name.ts';

/** Hosts seen in requests are remembered up to this many: visitors can send any `Host`. */
const REMEMBERED_HOSTS = 1_000;

/** Every domain, in memory: they are few, and each visit needs one. Replaced as a whole when one changes. */
export class DomainDirectory {
  readonly #scheme: string;
  #default: Domain;
  #byId = new Map<number, Domain>();
  /** Longest prefix first, so that `/share/x` finds the domain with the prefix before the one without. */
  #byHost = new Map<string, readonly Domain[]>();
  readonly #seen = new Map<string, readonly Domain[]>();

  constructor(publicUrl: string, domains: readonly Domain[]) {
    this.#scheme = new URL(publicUrl).protocol;
    this.#default = this.#take(domains);
  }

  replace(domains: readonly Domain[]): void {
    this.#default = this.#take(domains);
  }

  #take(domains: readonly Domain[]): Domain {
    const found = domains.find((domain) => domain.isDefault);
    if (!found) throw new Error('there is no default domain');
    this.#byId = new Map(domains.map((domain) => [domain.id, domain]));
    this.#byHost = new Map();
    for (const domain of [...domains].sort((a, b) => b.pathPrefix.length - a.pathPrefix.length)) {
      this.#byHost.set(domain.host, [...(this.#byHost.get(domain.host) ?? []), domain]);
    }
    this.#seen.clear();
    return found;
  }

  get default(): Domain {
    return this.#default;
  }

  byId(id: number): Domain | undefined {
    return this.#byId.get(id);
  }

  find(host: string, pathPrefix = ''): Domain | undefined {
    return this.on(host).find((domain) => domain.pathPrefix === pathPrefix);
  }

  /** The domains of a host, longest prefix first; none for a host, or a port of it, that nobody registered. */
  on(host: string): readonly Domain[] {
    return this.#byHost.get(hostNameFrom(host)) ?? [];
  }

  /** The same, where a port that nobody registered is that of the server, or of whatever stands before it. */
  reachedAt(host: string): readonly Domain[] {
    const name = hostNameFrom(host);
    return this.#byHost.get(name) ?? this.#byHost.get(name.replace(/:\d+$/, '')) ?? [];
  }

  /**
   * The domain a caller names: `go.example.com`, `https://go.example.com`, with the path prefix if it has one. Hosts
   * in `aliases` mean the default domain.
   *
   * @returns undefined when there is none, or it belongs to another project
   */
  named(text: string, projectId: number, aliases: readonly string[]): Domain | undefined {
    const [host = '', ...prefix] = text
      .replace(/^https?:\/\//i, '')
      .replace(/\/$/, '')
      .split('/');
    if (prefix.length === 0 && aliases.includes(hostNameFrom(host))) return this.#default;
    const found = this.find(host, prefix.join('/'));
    return found && (found.projectId === null || found.projectId === projectId) ? found : undefined;
  }

  /**
   * The domains a request may mean by its `Host` header, longest prefix first. A host nobody registered is served
   * as the default domain, so that addresses, container names and health checks work.
   */
  ofHost(header: string | undefined): readonly Domain[] {
    if (header === undefined) return this.#ofDefault();
    const known = this.#seen.get(header);
    if (known) return known;
    const registered = this.reachedAt(header);
    const domains = registered.length > 0 ? registered : this.#ofDefault();
    if (this.#seen.size >= REMEMBERED_HOSTS) this.#seen.clear();
    this.#seen.set(header, domains);
    return domains;
  }

  #ofDefault(): readonly Domain[] {
    return this.#byHost.get(this.#default.host) ?? [this.#default];
  }

  shortUrl(domainId: number, code: string): string {
    const { host, pathPrefix } = this.#byId.get(domainId) ?? this.#default;
    const path = pathPrefix === '' ? code : `${pathPrefix}/${code}`;
    return `${this.#scheme}//${host}/${encodeURI(path)}`;
  }
}
