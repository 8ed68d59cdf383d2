import type { Change } from '../db/change.ts';
import { withCampaign } from '../deeplinks/campaign.ts';
import { ipadApp } from '../deeplinks/ipad-app.ts';
import { asciiUrl } from '../links/destination.ts';
import type { Campaign } from '../links/link.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { FoundApp, FoundGroup, FoundLink } from '../links/link-lookup.ts';
import { HotIndex } from './hot-index.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

type Found<T> = T | undefined | Promise<T | undefined>;

/** Where links and groups come from when they are not remembered. */
export interface VisitStore {
  findLink(domainId: number, code: string): Found<FoundLink>;
  findGroup(id: number): Found<FoundGroup>;
  findApp(id: number): Found<FoundApp>;
  /** A saved iOS app by its bundle id. */
  findIosApp(projectId: number, identifier: string): Found<FoundApp>;
}

export interface KnownLink extends VisitedLink {
  readonly projectId: number;
  readonly timeZone: string;
  /** The page that says what a link does not say of itself: its destination as it was written. */
  readonly pageUrl: string;
  /** By row: saved apps, which are followed. */
  readonly iosAppId: number | null;
  readonly androidAppId: number | null;
}

export interface Target {
  readonly link: KnownLink | undefined;
  readonly group: VisitedGroup | undefined;
}

/** The store cannot say now whether this link exists, or what applies to it. */
export class NotKnownNow extends Error {}

const NOTHING: Target = { link: undefined, group: undefined };

const ANY_TIME = Number.NEGATIVE_INFINITY;
/** While edits are not heard, what the store has said goes for so long; a promise of a second is kept with it. */
const FRESH_MS = 500;
/** So long a visitor of a remembered link waits for the store before it counts as away. */
const PATIENCE_MS = 500;
/** And so long everybody else, who can be told nothing without it. */
const UNKNOWN_PATIENCE_MS = 2_000;
/** While it is away a remembered link is asked for as often as this, to find out whether it still is. */
const PROBE_MS = 250;
/** So many of those who need it then find out for themselves at the same time; more of them are refused at once. */
const MOST_ASKING = 64;

export type Within = <T>(timeoutMs: number, work: Promise<T>) => Promise<T>;

/**
 * Links and groups as visits see them: the link index, the group index, and the rules for following changes.
 *
 * What is remembered goes as long as edits made elsewhere are heard (current). When they are not (behind), the store
 * itself is asked for the one link, its group and its apps: what it says now needs no news. When it does not answer
 * either (away), what is remembered goes as it was, and nothing else does. Current again as soon as edits are heard,
 * behind as soon as the store answers a question.
 */
export class VisitDirectory {
  readonly #links: HotIndex<KnownLink>;
  readonly #groups: HotIndex<VisitedGroup>;
  readonly #apps: HotIndex<FoundApp>;
  /** By project and bundle id: apps for iPads, which links name and do not follow by row. */
  readonly #ipadApps: HotIndex<FoundApp>;
  readonly #isCurrent: () => boolean;
  readonly #within: Within;
  readonly #now: () => number;
  #isAway = false;
  #probedAt = 0;
  #asking = 0;
  #hits = 0;
  #misses = 0;

  /**
   * @param isCurrent whether edits made elsewhere have been heard until a moment ago
   * @param within rejects when the work takes longer; without it, the store's own patience is all there is
   */
  constructor(
    store: VisitStore,
    size: number,
    isCurrent: () => boolean,
    within: Within = (_, work) => work,
    now: () => number = () => performance.now(),
  ) {
    this.#isCurrent = isCurrent;
    this.#within = within;
    this.#now = now;
    const findLink = (key: string) => {
      const slash = key.indexOf('/');
      const found = store.findLink(Number(key.slice(0, slash)), key.slice(slash + 1));
      return found instanceof Promise ? found.then(knownLink) : knownLink(found);
    };
    this.#links = new HotIndex(size, findLink, now);
    this.#groups = new HotIndex(size, (key) => store.findGroup(Number(key)), now);
    this.#apps = new HotIndex(size, (key) => store.findApp(Number(key)), now);
    const findIpadApp = (key: string) => {
      const slash = key.indexOf('/');
      return store.findIosApp(Number(key.slice(0, slash)), key.slice(slash + 1));
    };
    this.#ipadApps = new HotIndex(size, findIpadApp, now);
  }

  get size(): number {
    return this.#links.size + this.#groups.size + this.#apps.size + this.#ipadApps.size;
  }

  /** Links (and codes known to be none) that were remembered when asked for, and those that had to be loaded. */
  get lookups(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** What is remembered now, by kind. */
  get sizes(): { readonly links: number; readonly groups: number } {
    return { links: this.#links.size, groups: this.#groups.size };
  }

  /**
   * The link behind a code and its living group. Synchronous when both are remembered or the store is.
   *
   * @throws NotKnownNow (or rejects with it) instead of calling a link unknown that may have been made elsewhere
   */
  find(domainId: number, code: string): Target | Promise<Target> {
    const key = `${domainId}/${code}`;
    const remembered = this.#links.peek(key);
    if (remembered) this.#hits++;
    else this.#misses++;
    if (!this.#isCurrent()) return this.#findBehind(key, remembered?.value);
    this.#isAway = false;
    if (!remembered) return this.#read(key, ANY_TIME);
    return remembered.value ? this.#complete(remembered.value, ANY_TIME) : NOTHING;
  }

  #findBehind(key: string, known: KnownLink | undefined): Target | Promise<Target> {
    if (!known) return this.#ask(key, UNKNOWN_PATIENCE_MS);
    if (!this.#isAway) return this.#ask(key, PATIENCE_MS);
    const now = this.#now();
    if (this.#asking === 0 && now - this.#probedAt >= PROBE_MS) {
      this.#probedAt = now;
      // Nobody waits for it: this visitor can be led on.
      this.#ask(key, UNKNOWN_PATIENCE_MS).catch(() => {});
    }
    return this.#complete(known, ANY_TIME);
  }

  async #ask(key: string, patienceMs: number): Promise<Target> {
    if (this.#isAway && this.#asking >= MOST_ASKING) throw new NotKnownNow();
    this.#asking++;
    try {
      const target = await this.#within(patienceMs, this.#readNow(key));
      this.#isAway = false;
      return target;
    } catch (cause) {
      this.#isAway = true;
      // Not what was known before: meanwhile it may have been heard that it has changed.
      const known = this.#links.peek(key)?.value;
      if (!known) throw new NotKnownNow('the store does not answer', { cause });
      return await this.#complete(known, ANY_TIME);
    } finally {
      this.#asking--;
    }
  }

  async #readNow(key: string): Promise<Target> {
    return await this.#read(key, this.#now() - FRESH_MS);
  }

  #read(key: string, since: number): Target | Promise<Target> {
    const link = this.#links.getSince(key, since);
    if (link instanceof Promise) {
      return link.then((loaded) => (loaded ? this.#complete(loaded, since) : NOTHING));
    }
    return link ? this.#complete(link, since) : NOTHING;
  }

  /** With its group and the saved apps it follows, each as it was at `since` or later. */
  #complete(link: KnownLink, since: number): Target | Promise<Target> {
    const { iosAppId, androidAppId } = link;
    if (iosAppId === null && androidAppId === null) return this.#withIpadApp(link, since);
    const ios = iosAppId === null ? undefined : this.#apps.getSince(String(iosAppId), since);
    const android = androidAppId === null ? undefined : this.#apps.getSince(String(androidAppId), since);
    if (ios instanceof Promise || android instanceof Promise) {
      return Promise.all([ios, android]).then((saved) => this.#withIpadApp(withApps(link, ...saved), since));
    }
    return this.#withIpadApp(withApps(link, ios, android), since);
  }

  #withIpadApp(link: KnownLink, since: number): Target | Promise<Target> {
    const named = link.apps?.ios?.ipadIdentifier;
    if (named == null) return this.#withGroup(link, since);
    const saved = this.#ipadApps.getSince(`${link.projectId}/${named}`, since);
    return saved instanceof Promise
      ? saved.then((found) => this.#withGroup(withIpadApp(link, found), since))
      : this.#withGroup(withIpadApp(link, saved), since);
  }

  #withGroup(link: KnownLink, since: number): Target | Promise<Target> {
    if (link.groupId === null) return { link, group: undefined };
    const group = this.#groups.getSince(String(link.groupId), since);
    return group instanceof Promise ? group.then((loaded) => ({ link, group: loaded })) : { link, group };
  }

  /** Follows committed edits, made here or heard of; after it no visit sees anything older. */
  follow(changes: readonly Change[]): void {
    for (const { entity, entityId, codes } of changes) {
      if (entity === 'link') for (const code of codes) this.#links.forget(code);
      else if (entity === 'group') this.#groups.forget(String(entityId));
      else if (entity === 'app') {
        this.#apps.forget(String(entityId));
        this.#ipadApps.forgetAll();
      } else if (entity === 'project') this.#links.forgetAll();
    }
  }
}

function knownLink(found: FoundLink | undefined): KnownLink | undefined {
  if (!found) return undefined;
  const { destination, desktopUrl, campaign, describedApps, appRouting } = found;
  const ios = withDeepLink(describedApps.ios, campaign);
  const android = withDeepLink(describedApps.android, campaign);
  return {
    ...found,
    apps: ios === null && android === null ? null : { ios, android },
    appRouting,
    pageUrl: destination,
    destination: asciiUrl(withCampaign(destination, campaign)),
    desktopDestination: desktopUrl === null ? null : asciiUrl(withCampaign(desktopUrl, campaign)),
  };
}

/** What an app is opened with carries the campaign, as the destination does. */
function withDeepLink(app: OpenedApp | undefined, campaign: Campaign): OpenedApp | null {
  if (!app?.deepLink) return app ?? null;
  return { ...app, deepLink: asciiUrl(withCampaign(app.deepLink, campaign)) };
}

/** A saved app wins over a described one; one that has been deleted is none. */
function withApps(link: KnownLink, ios: FoundApp | undefined, android: FoundApp | undefined): KnownLink {
  const apps = { ios: ios ?? link.apps?.ios ?? null, android: android ?? link.apps?.android ?? null };
  return { ...link, apps: apps.ios === null && apps.android === null ? null : apps };
}

function withIpadApp(link: KnownLink, saved: FoundApp | undefined): KnownLink {
  const { ios = null, android = null } = link.apps ?? {};
  return { ...link, apps: { ios, android, ipad: ipadApp(ios, saved) } };
}
