import type { Change, ChangedEntity } from '../db/change.ts';
import type { Database } from '../db/database.ts';
import { urlHost } from './destination.ts';
import { matchesHost } from './host-name.ts';

/** Changes of anything else name no hosts. */
const WHERE_HOSTS_STAND: readonly ChangedEntity[] = ['project', 'domain', 'link', 'app'];
/** Hosts come from visitors too, so there is no end to them. */
const REMEMBERED = 10_000;

/** Where apps are got, in every project: good for whoever has not got one, and for no link of its own. */
const STORE_HOSTS = ['play.google.com', 'apps.apple.com', 'itunes.apple.com', 'geo.itunes.apple.com'];

/** @param host as `urlHost` gives it */
export function isStoreHost(host: string): boolean {
  return STORE_HOSTS.includes(host);
}

/**
 * The hosts a project leads to already: those of its living links and of its apps' stores, its domains, and the ones it
 * has listed. Where anybody may say where to go (a long link, a key inside an app), these are the places that can be
 * named, so that nobody's domain becomes an open redirect.
 */
export class KnownHosts {
  readonly #database: Database;
  readonly #isCurrent: () => boolean;
  readonly #remembered = new Map<string, boolean>();
  /** Fences what was read before a change and would be remembered after it. */
  #changes = 0;

  /** @param isCurrent whether edits made elsewhere have been heard until a moment ago */
  constructor(database: Database, isCurrent: () => boolean = () => true) {
    this.#database = database;
    this.#isCurrent = isCurrent;
  }

  /**
   * @param host as `urlHost` gives it
   * @returns rejects when the store cannot be asked
   */
  allows(projectId: number, host: string): boolean | Promise<boolean> {
    const key = `${projectId} ${host}`;
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && (remembered || this.#isCurrent())) return remembered;
    return this.#ask(key, projectId, host);
  }

  /** Follows committed edits, made here or heard of. */
  follow(changes: readonly Change[]): void {
    if (!changes.some(({ entity }) => WHERE_HOSTS_STAND.includes(entity))) return;
    this.#changes++;
    this.#remembered.clear();
  }

  async #ask(key: string, projectId: number, host: string): Promise<boolean> {
    const asOf = this.#changes;
    const known =
      (await this.#isListed(projectId, host)) ||
      (await this.#isDomain(projectId, host)) ||
      // That a link leads to one page of an app store vouches for no other there.
      (!isStoreHost(host) &&
        ((await this.#isDestination(projectId, host)) || (await this.#isStore(projectId, host))));
    if (asOf === this.#changes) {
      if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, known);
    }
    return known;
  }

  async #isListed(projectId: number, host: string): Promise<boolean> {
    const row = await this.#database.read
      .selectFrom('project')
      .select('allowed_hosts')
      .where('id', '=', projectId)
      .executeTakeFirst();
    return row !== undefined && matchesHost(host, JSON.parse(row.allowed_hosts));
  }

  async #isDomain(projectId: number, host: string): Promise<boolean> {
    const row = await this.#database.read
      .selectFrom('domain')
      .select('id')
      .where('host', '=', host)
      .where('deleted_at', 'is', null)
      .where((eb) => eb.or([eb('project_id', '=', projectId), eb('project_id', 'is', null)]))
      .executeTakeFirst();
    return row !== undefined;
  }

  async #isDestination(projectId: number, host: string): Promise<boolean> {
    const row = await this.#database.read
      .selectFrom('link_route')
      .select('id')
      .where('project_id', '=', projectId)
      .where('destination_host', '=', host)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Saved apps are few. */
  async #isStore(projectId: number, host: string): Promise<boolean> {
    const rows = await this.#database.read
      .selectFrom('app')
      .select('store_url')
      .where('project_id', '=', projectId)
      .where('store_url', 'is not', null)
      .where('deleted_at', 'is', null)
      .execute();
    return rows.some(({ store_url }) => store_url !== null && urlHost(store_url) === host);
  }
}
