import type { Change, ChangedEntity } from '../db/change.ts';
import type { Database } from '../db/database.ts';
import { urlHost } from './destination.ts';
import { matchesHost } from './host-name.ts';
import { effective } from './overlay.ts';
import type { Settings } from './setting.ts';

/** Changes of anything else name no hosts. */
const WHERE_HOSTS_STAND: readonly ChangedEntity[] = ['project', 'domain', 'group', 'link', 'app'];
/** Hosts come from visitors too, so there is no end to them. */
const REMEMBERED = 10_000;
/** No answer is wrong for longer, should a change not be heard. */
const REMEMBERED_MS = 60_000;
/** Links to one host are read until one is open to everybody; as visitors ask, not without end. */
const LINKS_AT_ONCE = 500;
const MOST_PAGES = 20;

/** Where apps are got, in every project: good for whoever has not got one, and for no link of its own. */
const STORE_HOSTS = ['play.google.com', 'apps.apple.com', 'itunes.apple.com', 'geo.itunes.apple.com'];

interface Standing {
  readonly known: boolean;
  /** Links begin and end by the clock, which nobody announces: the instant of the next; infinite where none does. */
  readonly until: number;
}

interface LinkRow {
  readonly id: number;
  readonly settings: string;
  readonly delete_at: number | null;
  readonly group_settings: string | null;
}

/** @param host as `urlHost` gives it */
export function isStoreHost(host: string): boolean {
  return STORE_HOSTS.includes(host);
}

/**
 * The hosts a project leads to already: those of its living links and of its apps' stores, its domains, and the ones it
 * has listed. Where anybody may say where to go (a long link, a key inside an app), these are the places that can be
 * named, so that nobody's domain becomes an open redirect. As anybody may try which they are, links that lead only some
 * people to their place, or nobody now (a password, a start to come, an end that has come, a pause), make none known.
 */
export class KnownHosts {
  readonly #database: Database;
  readonly #isCurrent: () => boolean;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Standing>();
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
    const now = this.#now();
    const { known, until } = await this.#find(projectId, host, now);
    if (asOf === this.#changes) {
      if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, { known, until: Math.min(until, now + REMEMBERED_MS) });
    }
    return known;
  }

  async #find(projectId: number, host: string, now: number): Promise<Standing> {
    const isNamed =
      (await this.#isListed(projectId, host)) ||
      (await this.#isDomain(projectId, host)) ||
      (!isStoreHost(host) && (await this.#isStore(projectId, host)));
    // That a link leads to one page of an app store vouches for no other there.
    if (isNamed || isStoreHost(host)) return { known: isNamed, until: Number.POSITIVE_INFINITY };
    return await this.#isDestination(projectId, host, now);
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

  async #isDestination(projectId: number, host: string, now: number): Promise<Standing> {
    let until = Number.POSITIVE_INFINITY;
    for await (const row of this.#linksTo(projectId, host, now)) {
      const found = standing(row, now);
      if (found.known) return found;
      until = Math.min(until, found.until);
    }
    return { known: false, until };
  }

  /**
   * Any few, and only where those are not all, in order: asked for an order at once, PostgreSQL may go through the links
   * of everybody for a host to which others lead often and this project never.
   */
  async *#linksTo(projectId: number, host: string, now: number): AsyncGenerator<LinkRow> {
    const some = this.#database.read
      .selectFrom('link_route')
      .innerJoin('link', 'link.id', 'link_route.link_id')
      .leftJoin('link_group', (join) =>
        join.onRef('link_group.id', '=', 'link.group_id').on('link_group.deleted_at', 'is', null),
      )
      .select(['link_route.id', 'link.settings', 'link.delete_at', 'link_group.settings as group_settings'])
      .where('link_route.project_id', '=', projectId)
      .where('link_route.destination_host', '=', host)
      .where((eb) => eb.or([eb('link.delete_at', 'is', null), eb('link.delete_at', '>', now)]))
      .limit(LINKS_AT_ONCE);
    let rows: LinkRow[] = await some.execute();
    yield* rows;
    for (let page = 0, after = 0; rows.length === LINKS_AT_ONCE && page < MOST_PAGES; page++) {
      rows = await some.where('link_route.id', '>', after).orderBy('link_route.id').execute();
      yield* rows;
      after = rows.at(-1)?.id ?? after;
    }
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

/** Whether nothing keeps the place from whoever follows the link now, and when that may change by itself. */
function standing({ settings, delete_at, group_settings }: LinkRow, now: number): Standing {
  const link: Settings = JSON.parse(settings);
  const group: Settings = JSON.parse(group_settings ?? '{}');
  const startsAt = effective('startsAt', link, group);
  const endsAt = effective('endsAt', link, group);
  const isUnderWay = (startsAt === false || startsAt <= now) && (endsAt === false || now < endsAt);
  const ahead = [startsAt, endsAt, delete_at].filter((at) => typeof at === 'number' && now < at) as number[];
  return {
    known: isUnderWay && !effective('paused', link, group) && !effective('password', link, group),
    until: Math.min(...ahead),
  };
}
