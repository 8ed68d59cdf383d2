import type { Change, ChangedEntity } from '../db/change.ts';
import type { Database } from '../db/database.ts';
import { urlHost } from './destination.ts';
import { matchesHost } from './host-name.ts';
import { effective } from './overlay.ts';
import type { Settings } from './setting.ts';

/** Changes of anything else name no hosts. */
const WHERE_HOSTS_STAND: readonly ChangedEntity[] = ['project', 'domain', 'link', 'app'];
/** Hosts come from visitors too, so there is no end to them. */
const REMEMBERED = 10_000;
/** Links begin and end by the clock, which nobody announces. */
const REMEMBERED_MS = 60_000;
/** Of the links to one host; visitors ask, and it must not matter how many there are. */
const MOST_LINKS = 100;

/** Where apps are got, in every project: good for whoever has not got one, and for no link of its own. */
const STORE_HOSTS = ['play.google.com', 'apps.apple.com', 'itunes.apple.com', 'geo.itunes.apple.com'];

/** @param host as `urlHost` gives it */
export function isStoreHost(host: string): boolean {
  return STORE_HOSTS.includes(host);
}

/**
 * The hosts a project leads to already: those of its living links and of its apps' stores, its domains, and the ones it
 * has listed. Where anybody may say where to go (a long link, a key inside an app), these are the places that can be
 * named, so that nobody's domain becomes an open redirect. As anybody may try which they are, links that keep their place
 * behind a password, or until a day to come, make none known.
 */
export class KnownHosts {
  readonly #database: Database;
  readonly #isCurrent: () => boolean;
  readonly #now: () => number;
  readonly #remembered = new Map<string, { readonly known: boolean; readonly until: number }>();
  /** Fences what was read before a change and would be remembered after it. */
  #changes = 0;

  /** @param isCurrent whether edits made elsewhere have been heard until a moment ago */
  constructor(database: Database, isCurrent: () => boolean = () => true, now: () => number = Date.now) {
    this.#database = database;
    this.#isCurrent = isCurrent;
    this.#now = now;
  }

  /**
   * @param host as `urlHost` gives it
   * @returns rejects when the store cannot be asked
   */
  allows(projectId: number, host: string): boolean | Promise<boolean> {
    const key = `${projectId} ${host}`;
    const remembered = this.#remembered.get(key);
    if (remembered && this.#now() < remembered.until && (remembered.known || this.#isCurrent()))
      return remembered.known;
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
    const until = this.#now() + REMEMBERED_MS;
    const known =
      (await this.#isListed(projectId, host)) ||
      (await this.#isDomain(projectId, host)) ||
      // That a link leads to one page of an app store vouches for no other there.
      (!isStoreHost(host) &&
        ((await this.#isDestination(projectId, host)) || (await this.#isStore(projectId, host))));
    if (asOf === this.#changes) {
      if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, { known, until });
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
    const now = this.#now();
    const rows = await this.#database.read
      .selectFrom('link_route')
      .innerJoin('link', 'link.id', 'link_route.link_id')
      .leftJoin('link_group', (join) =>
        join.onRef('link_group.id', '=', 'link.group_id').on('link_group.deleted_at', 'is', null),
      )
      .select(['link.settings', 'link.delete_at', 'link_group.settings as group_settings'])
      .where('link_route.project_id', '=', projectId)
      .where('link_route.destination_host', '=', host)
      .limit(MOST_LINKS)
      .execute();
    return rows.some(
      ({ settings, delete_at, group_settings }) =>
        (delete_at === null || delete_at > now) &&
        isForEverybody(JSON.parse(settings), JSON.parse(group_settings ?? '{}'), now),
    );
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

/** Whether nothing keeps the place from whoever follows the link now. */
function isForEverybody(link: Settings, group: Settings, now: number): boolean {
  const startsAt = effective('startsAt', link, group);
  return !effective('password', link, group) && (startsAt === false || startsAt <= now);
}
