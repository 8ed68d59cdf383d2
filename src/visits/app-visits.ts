import { ClickKind, type ClickRecord } from '../clicks/click-record.ts';
import { opensOneOf } from '../deeplinks/app-identity.ts';
import { appsFor } from '../deeplinks/ipad-app.ts';
import { type OpenedLink, openedLink } from '../deeplinks/opened-link.ts';
import type { LinkFacts } from '../links/link-facts-lookup.ts';
import { effective } from '../links/overlay.ts';
import { type AppAsker, visitOfApp } from './app-asker.ts';
import { type AppEvent, appClickRecord } from './app-click-record.ts';
import {
  AppLinkSearch,
  type AppLinkSearchParts,
  type FollowedLink,
  type FoundAppLink,
} from './app-link-search.ts';
import {
  type AppOpening,
  type AppRefusal,
  appRefusalOf,
  type FollowedOpening,
  type LookOutcome,
} from './app-opening.ts';
import type { ClickAppender } from './click-appender.ts';
import { decide } from './decide.ts';
import type { Slot, Slots } from './slots.ts';
import type { Visit } from './visit.ts';
import type { KnownLink } from './visit-directory.ts';

export interface AppVisitsParts extends AppLinkSearchParts {
  readonly slots: Slots;
  readonly journal: ClickAppender;
  readonly factsOf: (linkId: number) => Promise<LinkFacts | undefined>;
}

interface Allowed {
  readonly known: KnownLink;
  readonly link: OpenedLink;
  /** The click limit in force, else null. */
  readonly limit: number | null;
}

/**
 * Short links that an app opens itself, because its system gave them to it instead of to a browser. They are decided as
 * visits are, with the same rules: whoever could not go there on the web does not go there in an app either.
 */
export class AppVisits {
  readonly #parts: AppVisitsParts;
  readonly #search: AppLinkSearch;

  constructor(parts: AppVisitsParts) {
    this.#parts = parts;
    this.#search = new AppLinkSearch(parts);
  }

  /** Whether a URL is a short link's, or could be. */
  isShortUrl(url: string): boolean {
    return this.#search.isShortUrl(url);
  }

  /**
   * A short or long link opened in the app. It takes a slot of a limited link and is answered when the journal has it.
   */
  async open(url: string, asker: AppAsker, kind: AppEvent = ClickKind.appOpen): Promise<AppOpening> {
    const found = await this.#search.byUrl(url);
    if (typeof found === 'string') return { outcome: found };
    const visit = visitOfApp(asker, found.query);
    const allowed = await this.#decide(found, visit, asker);
    if (typeof allowed === 'string') return { outcome: allowed };
    const { known, link, limit } = allowed;
    const journal = (slot: Slot | null) => {
      const record = appClickRecord(kind, found.target, visit, asker, slot !== null);
      return this.#journal(record, link, slot);
    };
    if (limit === null) return await journal(null);
    if (!this.#parts.journal.writable) return { outcome: 'unavailable' };
    return await new Promise<AppOpening>((resolve, reject) => {
      const taking = this.#parts.slots.take(known.id, limit, (slot) => {
        if (!slot) resolve({ outcome: 'limitReached' });
        else journal(slot).then(resolve, reject);
      });
      taking?.catch(reject);
    });
  }

  /** What opening a URL would lead to now; nothing is counted and no slot taken. */
  async look(url: string, asker: AppAsker): Promise<LookOutcome> {
    const found = await this.#search.byUrl(url);
    if (typeof found === 'string') return found;
    const allowed = await this.#decide(found, visitOfApp(asker, found.query), asker);
    if (typeof allowed === 'string') return allowed;
    const { known, limit } = allowed;
    if (limit === null) return 'opened';
    if (!this.#parts.journal.writable) return 'unavailable';
    return (await this.#parts.slots.taken(known.id)) >= limit ? 'limitReached' : 'opened';
  }

  /**
   * What a link that has led to an app means to it now: decided anew, and neither counted nor limited again, since the
   * click that led there was.
   *
   * @param unlocked as `Visit` has it: what the asker's own click was let in by, null when it is nobody's for certain
   */
  async follow(
    { linkId, query }: FollowedLink,
    asker: AppAsker,
    unlocked: string | null,
  ): Promise<FollowedOpening> {
    const facts = await this.#parts.factsOf(linkId);
    if (!facts) return { outcome: 'unknown' };
    const found = await this.#search.byFacts(facts, query);
    if (found === 'unavailable') return { outcome: found };
    const visit = { ...visitOfApp(asker, found.query), unlocked };
    const allowed = await this.#decide(found, visit, asker);
    if (typeof allowed === 'string') return { outcome: allowed };
    const note = () => this.#note(appClickRecord(ClickKind.install, found.target, visit, asker, false));
    return { outcome: 'opened', link: allowed.link, note };
  }

  async #decide(
    { target, longUrl }: FoundAppLink,
    visit: Visit,
    asker: AppAsker,
  ): Promise<Allowed | AppRefusal> {
    const { link: known, group } = target;
    if (!known || known.projectId !== asker.projectId) return 'unknown';
    if (asker.apps && !opensOneOf(known.apps, asker.apps)) return 'otherApp';
    const decision = decide(known, group, visit, asker.at);
    if (!('destination' in decision)) return appRefusalOf(decision.outcome);
    const facts = await this.#parts.factsOf(known.id);
    if (!facts) return 'unknown';
    const { publicId: id, domainId, metadata } = facts;
    const { destination, desktopDestination, campaign, appRouting } = known;
    const apps = known.apps && appsFor(known.apps, asker.apps);
    const code = longUrl === null ? facts.code : '';
    const shortUrl = longUrl ?? this.#parts.domains.shortUrl(domainId, code);
    const passed = effective('passQuery', known.settings, group?.settings) ? visit.query : '';
    const urls = { shortUrl, destination, desktopDestination };
    const toOpen = { id, code, ...urls, campaign, apps, appRouting, metadata };
    return { known, link: openedLink(toOpen, asker.platform, passed), limit: decision.limit };
  }

  /** In the turn in which it is called the record is with the journal: nobody counts slots in between. */
  #journal(record: ClickRecord, link: OpenedLink, slot: Slot | null): Promise<AppOpening> {
    const opened = { outcome: 'opened', link, clickId: record.id } as const;
    return new Promise((resolve) => {
      this.#parts.journal.append(record, {
        journalled: () => resolve(opened),
        refused: () => {
          slot?.giveBack();
          resolve(slot === null ? opened : { outcome: 'unavailable' });
        },
      });
    });
  }

  /** Resolves when the journal has it, or will not: the click is claimed, and the app is told in any case. */
  #note(record: ClickRecord): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.journal.append(record, { journalled: resolve, refused: () => resolve() });
    });
  }
}
