import { ClickFlag, ClickKind, type ClickRecord } from '../clicks/click-record.ts';
import { type AppIdentity, opensOneOf } from '../deeplinks/app-identity.ts';
import { UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import { isLongLinkQuery, readLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { type OpenedLink, openedLink } from '../deeplinks/opened-link.ts';
import type { VisitorPlatform } from '../deeplinks/platform.ts';
import type { Domain } from '../links/domain.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { LinkFacts } from '../links/link-facts-lookup.ts';
import { effective } from '../links/overlay.ts';
import { newClickId } from './click-id.ts';
import { decide } from './decide.ts';
import type { Forwarding, Outcome } from './decision.ts';
import { passwordInForce, passwordVersion } from './link-password.ts';
import type { LongLinks } from './long-links.ts';
import { ShortUrls } from './short-urls.ts';
import type { Slot, Slots } from './slots.ts';
import type { Visit } from './visit.ts';
import { type KnownLink, NotKnownNow, type Target, type VisitDirectory } from './visit-directory.ts';
import type { ClickAppender } from './visit-handler.ts';
import { kept } from './visit-record.ts';
import { hasQrMark, utmOf } from './visit-request.ts';

/** Who asks what a link means, and of whom. */
export interface AppAsker {
  /** Links of other projects are unknown to it. */
  readonly projectId: number;
  /** The only apps it may open links for; null: any, and none. */
  readonly apps: readonly AppIdentity[] | null;
  readonly platform: VisitorPlatform;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly language: string | undefined;
  /** Milliseconds. */
  readonly at: number;
}

/** A short link that has led to an app, by its row. */
export interface FollowedLink {
  readonly linkId: number;
  /** Of the visited URL, without `?`. */
  readonly query: string;
}

/** Why an app is not told where a link leads. */
export type AppRefusal =
  /** The URL is none of this installation's short links. */
  | 'notShort'
  | 'unknown'
  /** The link is there and opens another app than the asker's. */
  | 'otherApp'
  | 'paused'
  | 'notStarted'
  | 'ended'
  | 'limitReached'
  | 'passwordRequired'
  /** It cannot be said, or not be counted, now. */
  | 'unavailable';

export type AppOpening =
  | { readonly outcome: 'opened'; readonly link: OpenedLink; readonly clickId: string }
  | { readonly outcome: AppRefusal };

/** As `AppOpening`, with nothing counted yet. */
export type FollowedOpening =
  /** `note` counts the installation. */
  | { readonly outcome: 'opened'; readonly link: OpenedLink; note(): Promise<void> }
  | { readonly outcome: AppRefusal };

export interface AppVisitsParts {
  readonly directory: VisitDirectory;
  readonly domains: DomainDirectory;
  /** Hosts that mean the default domain. */
  readonly domainAliases: readonly string[];
  readonly slots: Slots;
  readonly journal: ClickAppender;
  readonly longLinks: Pick<LongLinks, 'find'>;
  readonly factsOf: (linkId: number) => Promise<LinkFacts | undefined>;
}

/** What is counted: that the app was opened, or that it was for the first time. */
type AppEvent = typeof ClickKind.appOpen | typeof ClickKind.install;

/** A look without counting: `opened` is what opening it would lead to. */
export type LookOutcome = 'opened' | AppRefusal;

interface Opening {
  readonly kind: AppEvent;
  readonly visit: Visit;
  readonly asker: AppAsker;
}

/** A link that has been found, and the visited URL. */
interface Asked {
  readonly target: Target;
  /** As `Visit` has it. */
  readonly query: string;
  /** Of a long link the whole of it; null: the link's short URL. */
  readonly longUrl: string | null;
}

interface Allowed {
  readonly target: Target;
  readonly known: KnownLink;
  readonly link: OpenedLink;
  readonly forwarding: Forwarding;
}

/**
 * Short links that an app opens itself, because its system gave them to it instead of to a browser. They are decided as
 * visits are, with the same rules: whoever could not go there on the web does not go there in an app either.
 */
export class AppVisits {
  readonly #parts: AppVisitsParts;
  readonly #urls: ShortUrls;

  constructor(parts: AppVisitsParts) {
    this.#parts = parts;
    this.#urls = new ShortUrls(parts.domains, parts.domainAliases);
  }

  /** Whether a URL is a short link's, or could be. */
  isShortUrl(url: string): boolean {
    return this.#urls.read(url) !== undefined;
  }

  /**
   * A short or long link opened in the app. It takes a slot of a limited link and is answered when the journal has it.
   */
  async open(url: string, asker: AppAsker, kind: AppEvent = ClickKind.appOpen): Promise<AppOpening> {
    const asked = await this.#find(url);
    return typeof asked === 'string' ? { outcome: asked } : await this.#open(asked, asker, kind);
  }

  /** What opening a URL would lead to now; nothing is counted and no slot taken. */
  async look(url: string, asker: AppAsker): Promise<LookOutcome> {
    const asked = await this.#find(url);
    if (typeof asked === 'string') return asked;
    const allowed = await this.#decide(asked, visitOf(asker, asked.query), asker);
    if (typeof allowed === 'string') return allowed;
    const { limit } = allowed.forwarding;
    if (limit === null) return 'opened';
    if (!this.#parts.journal.writable) return 'unavailable';
    return (await this.#parts.slots.taken(allowed.known.id)) >= limit ? 'limitReached' : 'opened';
  }

  async #find(url: string): Promise<Asked | 'notShort' | 'unavailable'> {
    const place = this.#urls.read(url);
    if (!place) return 'notShort';
    const { domain, code, query } = place;
    const asked = await whatIsKnown(async () => {
      if (code === '' && isLongLinkQuery(query)) return await this.#findLong(domain, query);
      return { target: await this.#parts.directory.find(domain.id, code), query, longUrl: null };
    });
    return asked ?? 'unavailable';
  }

  async #open(asked: Asked, asker: AppAsker, kind: AppEvent): Promise<AppOpening> {
    const visit = visitOf(asker, asked.query);
    const allowed = await this.#decide(asked, visit, asker);
    if (typeof allowed === 'string') return { outcome: allowed };
    const { limit } = allowed.forwarding;
    const opening = { kind, visit, asker };
    if (limit === null) return await this.#journal(allowed, opening, null);
    if (!this.#parts.journal.writable) return { outcome: 'unavailable' };
    return await new Promise<AppOpening>((resolve, reject) => {
      const taking = this.#parts.slots.take(allowed.known.id, limit, (slot) => {
        if (!slot) resolve({ outcome: 'limitReached' });
        else this.#journal(allowed, opening, slot).then(resolve, reject);
      });
      taking?.catch(reject);
    });
  }

  /**
   * What a link that has led to an app means to it now: decided anew, and neither counted nor limited again, since the
   * click that led there was.
   *
   * @param passwordGiven the asker's own click is in hand, and whoever made it was let in: it is not asked for again
   */
  async follow(
    { linkId, query }: FollowedLink,
    asker: AppAsker,
    passwordGiven: boolean,
  ): Promise<FollowedOpening> {
    const facts = await this.#parts.factsOf(linkId);
    if (!facts) return { outcome: 'unknown' };
    const asked = await whatIsKnown(async () => {
      const domain = facts.standsForLongLinks ? this.#parts.domains.byId(facts.domainId) : undefined;
      if (domain) return await this.#findLong(domain, query);
      return { target: await this.#parts.directory.find(facts.domainId, facts.code), query, longUrl: null };
    });
    if (!asked) return { outcome: 'unavailable' };
    const visit = {
      ...visitOf(asker, asked.query),
      unlocked: passwordGiven ? unlocking(asked.target) : null,
    };
    const allowed = await this.#decide(asked, visit, asker);
    if (typeof allowed === 'string') return { outcome: allowed };
    const { link, target } = allowed;
    const note = () => this.#journalInstall(target, visit, asker);
    return { outcome: 'opened', link, note };
  }

  /** Resolves when the journal has it, or will not: the click is claimed, and the app is told in any case. */
  #journalInstall(target: Target, visit: Visit, asker: AppAsker): Promise<void> {
    const record = recordOf(ClickKind.install, target, visit, asker, false);
    return new Promise((resolve) => {
      this.#parts.journal.append(record, { journalled: resolve, refused: () => resolve() });
    });
  }

  async #findLong(domain: Domain, query: string): Promise<Asked> {
    const longLink = readLongLinkQuery(query);
    const found = await this.#parts.longLinks.find(domain, longLink);
    const target = 'target' in found ? found.target : NOTHING;
    const longUrl = `${this.#parts.domains.shortUrl(domain.id, '')}?${query}`;
    return { target, query: longLink.visitQuery, longUrl };
  }

  async #decide({ target, longUrl }: Asked, visit: Visit, asker: AppAsker): Promise<Allowed | AppRefusal> {
    const { link: known, group } = target;
    if (!known || known.projectId !== asker.projectId) return 'unknown';
    if (asker.apps && !opensOneOf(known.apps, asker.apps)) return 'otherApp';
    const decision = decide(known, group, visit, asker.at);
    if (!('destination' in decision)) return refusalOf(decision.outcome);
    const facts = await this.#parts.factsOf(known.id);
    if (!facts) return 'unknown';
    const { publicId: id, domainId, metadata } = facts;
    const { destination, campaign, apps, appRouting } = known;
    const code = longUrl === null ? facts.code : '';
    const shortUrl = longUrl ?? this.#parts.domains.shortUrl(domainId, code);
    const passed = effective('passQuery', known.settings, group?.settings) ? visit.query : '';
    const toOpen = { id, code, shortUrl, destination, campaign, apps, appRouting, metadata };
    return { target, known, link: openedLink(toOpen, asker.platform, passed), forwarding: decision };
  }

  /** In the turn in which it is called the record is with the journal: nobody counts slots in between. */
  #journal(
    { target, link }: Allowed,
    { kind, visit, asker }: Opening,
    slot: Slot | null,
  ): Promise<AppOpening> {
    const record = recordOf(kind, target, visit, asker, slot !== null);
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
}

/** What a visitor would have who has entered the password. */
function unlocking({ link, group }: Target): string | null {
  const password = link && passwordInForce(link, group);
  return password ? passwordVersion(password.hash) : null;
}

const NOTHING: Target = { link: undefined, group: undefined };

/** Undefined when it cannot be said now whether there is a link. */
async function whatIsKnown<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotKnownNow) return undefined;
    throw error;
  }
}

/**
 * A person, and no page: an app that has the link already is not to be led into an app, nor shown anything of ours.
 * A scan mark is noted and bypasses nothing.
 */
function visitOf({ platform, at }: AppAsker, query: string): Visit {
  return {
    method: 'GET',
    visitor: 'person',
    device: { ...UNKNOWN_DEVICE, platform },
    prefetch: false,
    document: false,
    qr: false,
    query,
    clickId: newClickId(at),
    unlocked: null,
    slotsTaken: 0,
  };
}

function refusalOf(outcome: Outcome): AppRefusal {
  switch (outcome) {
    case 'paused':
    case 'notStarted':
    case 'ended':
    case 'limitReached':
    case 'passwordRequired':
      return outcome;
    default:
      return 'unknown';
  }
}

function recordOf(
  kind: ClickRecord['kind'],
  { link, group }: Target,
  { clickId, query }: Visit,
  { at, address, userAgent, language, platform }: AppAsker,
  tookSlot: boolean,
): ClickRecord {
  const { id, domainId, routeId } = link as KnownLink;
  return {
    id: clickId,
    kind,
    at,
    linkId: id,
    groupId: group?.id ?? null,
    domainId,
    routeId,
    flags: (tookSlot ? ClickFlag.slot : 0) | (hasQrMark(query) ? ClickFlag.qr : 0),
    address,
    userAgent: kept(userAgent),
    language: kept(language),
    referrer: '',
    utm: utmOf(query),
    app: { platform, query: '' },
  };
}
