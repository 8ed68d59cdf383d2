import type { Change } from '../db/change.ts';
import { withCampaign } from '../deeplinks/campaign.ts';
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

/** Links and groups as visits see them: the link index, the group index, and the rules for following changes. */
export class VisitDirectory {
  readonly #links: HotIndex<KnownLink>;
  readonly #groups: HotIndex<VisitedGroup>;
  readonly #apps: HotIndex<FoundApp>;
  readonly #isCurrent: () => boolean;
  #hits = 0;
  #misses = 0;

  /** @param isCurrent whether edits made elsewhere have been heard until a moment ago */
  constructor(store: VisitStore, size: number, isCurrent: () => boolean) {
    this.#isCurrent = isCurrent;
    this.#links = new HotIndex(size, (key) => {
      const slash = key.indexOf('/');
      const found = store.findLink(Number(key.slice(0, slash)), key.slice(slash + 1));
      return found instanceof Promise ? found.then(knownLink) : knownLink(found);
    });
    this.#groups = new HotIndex(size, (key) => store.findGroup(Number(key)));
    this.#apps = new HotIndex(size, (key) => store.findApp(Number(key)));
  }

  get size(): number {
    return this.#links.size + this.#groups.size + this.#apps.size;
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
    if (remembered) {
      this.#hits++;
      if (remembered.value) return this.#complete(remembered.value);
      if (!this.#isCurrent()) throw new NotKnownNow();
      return NOTHING;
    }
    this.#misses++;
    if (!this.#isCurrent()) throw new NotKnownNow();
    const link = this.#links.get(key);
    return link instanceof Promise
      ? link.then((loaded) => (loaded ? this.#complete(loaded) : NOTHING))
      : link
        ? this.#complete(link)
        : NOTHING;
  }

  /** With its group and the saved apps it follows, each as it is now. */
  #complete(link: KnownLink): Target | Promise<Target> {
    const { iosAppId, androidAppId } = link;
    if (iosAppId === null && androidAppId === null) return this.#withGroup(link);
    const ios = iosAppId === null ? undefined : this.#apps.get(String(iosAppId));
    const android = androidAppId === null ? undefined : this.#apps.get(String(androidAppId));
    if (ios instanceof Promise || android instanceof Promise) {
      return Promise.all([ios, android]).then((saved) => this.#withGroup(withApps(link, ...saved)));
    }
    return this.#withGroup(withApps(link, ios, android));
  }

  #withGroup(link: KnownLink): Target | Promise<Target> {
    if (link.groupId === null) return { link, group: undefined };
    const group = this.#groups.get(String(link.groupId));
    return group instanceof Promise ? group.then((loaded) => ({ link, group: loaded })) : { link, group };
  }

  /** Follows committed edits, made here or heard of; after it no visit sees anything older. */
  follow(changes: readonly Change[]): void {
    for (const { entity, entityId, codes } of changes) {
      if (entity === 'link') for (const code of codes) this.#links.forget(code);
      else if (entity === 'group') this.#groups.forget(String(entityId));
      else if (entity === 'app') this.#apps.forget(String(entityId));
      else if (entity === 'project') this.#links.forgetAll();
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
