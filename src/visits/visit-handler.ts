import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClickRecord } from '../clicks/click-record.ts';
import type { JournalWaiter } from '../clicks/journal/click-journal.ts';
import {
  isLongLinkQuery,
  type LongLinkQuery,
  readLongLinkQuery,
} from '../deeplinks/firebase/long-link-parameters.ts';
import { isLeavable, urlForOwnBrowser } from '../deeplinks/own-browser.ts';
import type { ReservedSegments } from '../links/code.ts';
import { asciiUrl } from '../links/destination.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import { effective } from '../links/overlay.ts';
import type { ClientAddress } from './client-address.ts';
import { decide } from './decide.ts';
import type { Decision, PasswordInForce, Shown } from './decision.ts';
import { type AskedPage, askPage, type DescribedPages, describedBy } from './described-page.ts';
import { asksForFlow } from './flow.ts';
import { flowPageOf } from './flow-answer.ts';
import { formAction } from './form-action.ts';
import { type FormPost, hasPassword, readFormPost, referrerIn } from './form-post.ts';
import type { LongLinks } from './long-links.ts';
import { renderForwardPage } from './pages/forward-page.ts';
import { chooseLanguage } from './pages/language.ts';
import { type Notice, renderNotice } from './pages/notice-page.ts';
import { renderOpenAppPage } from './pages/open-app-page.ts';
import type { Page } from './pages/page.ts';
import { renderPasswordPage } from './pages/password-page.ts';
import { renderPreviewCard } from './pages/preview-card.ts';
import { renderPushPage } from './pages/push-page.ts';
import type { SharedText } from './pages/share-tags.ts';
import type { Passwords } from './passwords.ts';
import type { PushInvitations } from './push-invitations.ts';
import type { Slot, Slots } from './slots.ts';
import { mayBeUsedUp } from './used-up.ts';
import type { Visit } from './visit.ts';
import { PageAnswer, RedirectAnswer, redirect, refuse, sendPage } from './visit-answer.ts';
import { type KnownLink, NotKnownNow, type Target, type VisitDirectory } from './visit-directory.ts';
import type { VisitOutcome } from './visit-outcome.ts';
import { recordOf } from './visit-record.ts';
import { type RequestedPath, requestedPath, rootOf, visitOf } from './visit-request.ts';
import { NOBODY_WATCHES, type VisitWatch } from './visit-watch.ts';

/** The append-only side of the journal: all that a visit may do with it. */
export interface ClickAppender {
  append(record: ClickRecord, waiter: JournalWaiter): void;
  readonly writable: boolean;
}

export interface VisitHandlerParts {
  readonly directory: VisitDirectory;
  readonly domains: DomainDirectory;
  readonly reserved: ReservedSegments;
  readonly slots: Slots;
  readonly journal: ClickAppender;
  readonly clientAddress: ClientAddress;
  readonly longLinks: Pick<LongLinks, 'find'>;
  readonly passwords: Passwords;
  readonly invitations: PushInvitations;
  readonly pages: DescribedPages;
  /** Told why a visit could not be decided. It may be told a thousand times a second. */
  readonly onTrouble: (error: unknown) => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By the clock of whoever watches. */
  readonly arrivedAt: number;
}

/** One visit on its way through the handler. */
interface Going extends Exchange {
  readonly place: RequestedPath;
  /** For a Firebase long link, which is no code but a query. */
  readonly longLink: LongLinkQuery | null;
  readonly visit: Visit;
  readonly at: number;
  /** What was posted; null for GET and HEAD. */
  readonly form: FormPost | null;
  /** For whoever has just entered the right password. */
  readonly setCookie: string | null;
  /** The page that says what the link does not say of itself, once it was asked about. */
  readonly page: AskedPage | null;
}

type Forwards = Extract<Decision, { destination: string }>;
type Card = Extract<Decision, { outcome: 'previewCard' }>;
type Paged = Exclude<Forwards, { outcome: 'redirect' }>;

/**
 * Answers requests for short links. It stands before the API's router and takes what is not the API's; nothing of
 * the API (hooks, plugins, parsing) runs for a visit.
 *
 * The way of a visit: find the link → decide → take a slot if it needs one → journal the click → answer. On SQLite
 * the first three are synchronous, so a visit is answered in the turn of the event loop after its own.
 *
 * The way of a password: read the form → find the link → decide → guess → and the way of a visit from its beginning,
 * so that whatever was changed meanwhile applies.
 */
export class VisitHandler {
  readonly #parts: VisitHandlerParts;
  readonly #watch: VisitWatch;

  constructor(parts: VisitHandlerParts, watch: VisitWatch = NOBODY_WATCHES) {
    this.#parts = parts;
    this.#watch = watch;
  }

  /** @returns false when the path is the API's */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = originForm(request);
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const end = path.indexOf('/', 1);
    if (this.#parts.reserved.has(path.slice(1, end < 0 ? undefined : end))) return false;
    const arrivedAt = this.#watch.arrived(request);
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      this.#refuse({ request, response, arrivedAt }, 405, { Allow: 'GET, HEAD, POST' });
      return true;
    }
    const at = Date.now();
    const query = mark < 0 ? '' : url.slice(mark + 1);
    const isLong = isLongLinkQuery(query);
    const place = requestedPath(
      isLong ? rootOf(path) : path,
      this.#parts.domains.ofHost(request.headers.host),
    );
    if (!place) {
      this.#notice({ request, response, arrivedAt }, { kind: 'unknown' }, 'notFound');
    } else if (place.code !== '' || isLong) {
      const longLink = place.code === '' ? readLongLinkQuery(query) : null;
      const visit = visitOf(request, longLink?.visitQuery ?? query, at);
      const exchange = { request, response, arrivedAt };
      const going: Going = {
        ...exchange,
        place,
        longLink,
        visit,
        at,
        form: null,
        setCookie: null,
        page: null,
      };
      if (method === 'POST') this.#readForm(going);
      else this.#find(going);
    } else if (method === 'POST') {
      this.#refuse({ request, response, arrivedAt }, 405, { Allow: 'GET, HEAD' });
    } else {
      this.#notice({ request, response, arrivedAt }, { kind: 'home', apiDocs: place.domain.isDefault });
    }
    return true;
  }

  #readForm(going: Going): void {
    readFormPost(going.request)
      .then((form) => {
        if (form.kind === 'tooLarge') this.#refuse(going, 413);
        else if (form.kind !== 'aborted') this.#find({ ...going, form });
      })
      .catch((error: unknown) => this.#fail(going, error));
  }

  #find(going: Going): void {
    try {
      const { domain, code } = going.place;
      if (going.longLink) {
        this.#findLong(going, going.longLink);
        return;
      }
      const target = this.#parts.directory.find(domain.id, code);
      if (target instanceof Promise) {
        target
          .then((found) => this.#decide(going, found))
          .catch((error: unknown) => this.#fail(going, error));
      } else {
        this.#decide(going, target);
      }
    } catch (error) {
      this.#fail(going, error);
    }
  }

  #findLong(going: Going, longLink: LongLinkQuery): void {
    this.#parts.longLinks
      .find(going.place.domain, longLink)
      .then((found) => {
        if ('target' in found) this.#decide(going, found.target);
        else this.#notice(going, { kind: 'badLongLink', why: found.why });
      })
      .catch((error: unknown) => this.#fail(going, error));
  }

  #decide(asked: Going, found: Target): void {
    const going = asked.form === null ? this.#withCookies(asked, found) : asked;
    const target = describedBy(found, going.page);
    const decision = decide(target.link, target.group, going.visit, going.at);
    const { link } = target;
    if (!link) {
      this.#answer(going, decision, target, null);
    } else if (this.#asksPage(going, found, link, decision)) {
      // It comes back with what the page says.
    } else if (going.form && 'destination' in decision && !hasPassword(going.form)) {
      this.#refuse(going, 405, { Allow: 'GET, HEAD' });
    } else if (asksForFlow(going.visit.query)) {
      this.#showFlow(going, target, link);
    } else if ('limit' in decision && decision.limit !== null) {
      this.#takeSlot(going, target, link.id, decision.limit, decision);
    } else if (
      mayBeUsedUp(decision, going.visit) &&
      effective('maxClicks', link.settings, target.group?.settings)
    ) {
      this.#decideWithCount(going, target, link.id);
    } else {
      this.#answer(going, decision, target, null);
    }
  }

  #withCookies(going: Going, target: Target): Going {
    const unlocked = this.#parts.passwords.unlocked(going.request.headers.cookie, target, going.at);
    return unlocked === null ? going : { ...going, visit: { ...going.visit, unlocked } };
  }

  /** @returns whether the visit is decided once more, now or soon, with what the page says */
  #asksPage(going: Going, target: Target, link: KnownLink, decision: Decision): boolean {
    // Where a long link leads is the visitor's word, and visitors do not choose what we read.
    if (going.longLink) return false;
    if (going.form !== null || going.page?.url === link.pageUrl) return false;
    const asked = askPage(this.#parts.pages, link, going.visit, decision);
    if (asked instanceof Promise) {
      asked
        .then((page) => {
          // Whatever was changed meanwhile applies: the link may be protected now.
          if (!going.response.destroyed) this.#find({ ...going, at: Date.now(), page });
        })
        .catch((error: unknown) => this.#fail(going, error));
      return true;
    }
    if (asked === null) return false;
    this.#decide({ ...going, page: asked }, target);
    return true;
  }

  /** Looks at the visit instead of going it: nothing is counted, no slot is taken. */
  #showFlow(going: Going, target: Target, link: KnownLink): void {
    const limited = effective('maxClicks', link.settings, target.group?.settings) !== false;
    const taken = limited ? this.#parts.slots.taken(link.id) : 0;
    if (taken instanceof Promise) {
      taken
        .then((slotsTaken) => this.#sendFlow(going, target, link, slotsTaken))
        .catch((error: unknown) => this.#fail(going, error));
    } else this.#sendFlow(going, target, link, taken);
  }

  #sendFlow(going: Going, target: Target, link: KnownLink, slotsTaken: number): void {
    const visit = { ...going.visit, slotsTaken };
    const looked = { link, group: target.group, visit, at: going.at };
    const url = { shortUrl: this.#shortUrl(going), query: queryOf(going.request) };
    const page = flowPageOf({ ...looked, ...url }, languageOf(going));
    if (!page) {
      this.#answer(going, this.#decideAt(going, target, slotsTaken), target, null);
      return;
    }
    if (going.setCookie !== null) going.response.setHeader('Set-Cookie', going.setCookie);
    sendPage(going.response, page);
    this.#watch.answered('flowPage', going.arrivedAt);
  }

  /** A slot decides between the destination and the notice, and only whoever holds one gets the destination. */
  #takeSlot(going: Going, target: Target, linkId: number, limit: number, decision: Decision): void {
    if (!this.#parts.journal.writable) {
      this.#notice(going, { kind: 'unavailable' });
      return;
    }
    const taking = this.#parts.slots.take(linkId, limit, (slot) => {
      if (slot) this.#answer(going, decision, target, slot);
      else this.#answer(going, this.#decideAt(going, target, limit), target, null);
    });
    taking?.catch((error: unknown) => this.#fail(going, error));
  }

  #decideWithCount(going: Going, target: Target, linkId: number): void {
    Promise.resolve(this.#parts.slots.taken(linkId))
      .then((taken) => this.#answer(going, this.#decideAt(going, target, taken), target, null))
      .catch((error: unknown) => this.#fail(going, error));
  }

  #decideAt(going: Going, target: Target, slotsTaken: number): Decision {
    return decide(target.link, target.group, { ...going.visit, slotsTaken }, going.at);
  }

  #answer(going: Going, decision: Decision, target: Target, slot: Slot | null): void {
    switch (decision.outcome) {
      case 'redirect':
      case 'forwardPage':
      case 'openApp':
      case 'pushInvitation':
        this.#forward(going, decision, target, slot);
        return;
      case 'notStarted':
        this.#notice(going, {
          kind: 'notStarted',
          startsAt: decision.startsAt,
          timeZone: target.link?.timeZone ?? 'UTC',
        });
        return;
      case 'ended':
        // Whoever follows a 302 may post the form again, and the password in it is not for there.
        if (decision.expiredUrl === null) this.#notice(going, { kind: 'ended' });
        else {
          redirect(going.response, going.form ? 303 : 302, asciiUrl(decision.expiredUrl));
          this.#watch.answered('ended', going.arrivedAt);
        }
        return;
      case 'passwordRequired':
        if (going.form) this.#takePassword(going, going.form, decision.password);
        else this.#askPassword(going, false, referrerIn(going.request.headers.referer));
        return;
      case 'prefetch':
        this.#notice(going, { kind: 'tryAgain' });
        return;
      case 'previewCard':
        this.#showCard(going, decision, target);
        return;
      default:
        this.#notice(going, { kind: decision.outcome });
    }
  }

  #takePassword(going: Going, form: FormPost, password: PasswordInForce): void {
    if (form.kind !== 'form') {
      this.#refuse(going, 415);
      return;
    }
    if (going.visit.unlocked !== null) {
      // It was right, and changed while we looked.
      this.#askPassword(going, true, form.from);
      return;
    }
    const { passwords, clientAddress } = this.#parts;
    passwords
      .guess(password, form.password ?? '', clientAddress.of(going.request))
      .then((guess) => {
        switch (guess.outcome) {
          case 'right':
            this.#letIn(going, password);
            return;
          case 'wrong':
            this.#askPassword(going, true, form.from);
            return;
          case 'refused':
            this.#notice(going, { kind: 'tooManyGuesses', retryAfterSeconds: secondsUntil(guess.retryAt) });
            return;
          case 'busy':
            this.#notice(going, { kind: 'unavailable' });
        }
      })
      .catch((error: unknown) => this.#fail(going, error));
  }

  /** The password was right; whether it still is, and all else, is found out anew. */
  #letIn(going: Going, password: PasswordInForce): void {
    // Gone meanwhile, as after an impatient second press of the button, which now must not find the last slot taken.
    if (going.response.destroyed) return;
    const at = Date.now();
    const { unlocked, setCookie } = this.#parts.passwords.entered(password, this.#shortUrl(going), at);
    this.#find({ ...going, at, visit: { ...going.visit, unlocked }, setCookie });
  }

  #forward(going: Going, decision: Forwards, target: Target, slot: Slot | null): void {
    const { response, form, setCookie } = going;
    let answer: RedirectAnswer | PageAnswer;
    // After a form a browser has to ask for the destination with GET (RFC 9110, 15.4.4), so no page in between but one
    // that does what no redirect can.
    if (decision.outcome === 'openApp' || (decision.outcome !== 'redirect' && form === null)) {
      answer = new PageAnswer(response, slot, this.#pageBefore(going, decision, target), setCookie);
    } else {
      const status = form ? 303 : decision.outcome === 'redirect' ? decision.status : 302;
      answer = new RedirectAnswer(response, slot, status, this.#locationOf(going, decision), setCookie);
    }
    this.#record(going, decision, target, slot, answer);
  }

  #showCard(going: Going, decision: Card, target: Target): void {
    const card = renderPreviewCard(this.#shared(going, decision), languageOf(going));
    this.#record(going, decision, target, null, new PageAnswer(going.response, null, card, null));
  }

  /** Answers when the visit is in the journal. */
  #record(
    going: Going,
    decision: Forwards | Card,
    target: Target,
    slot: Slot | null,
    answer: JournalWaiter,
  ): void {
    const { request, arrivedAt, visit, at, form } = going;
    const { outcome } = decision;
    if (decision.record === 'none') {
      answer.journalled();
      this.#watch.answered(outcome, arrivedAt);
      return;
    }
    const address = this.#parts.clientAddress.of(request);
    const referrer = form?.kind === 'form' ? form.from : request.headers.referer;
    const query = going.longLink ? queryOf(request) : visit.query;
    const recorded = { request, visit, at, address, query, referrer };
    this.#parts.journal.append(
      recordOf(recorded, target, decision, slot !== null),
      this.#watch.whenJournalled(answer, outcome, slot === null ? outcome : 'unavailable', arrivedAt),
    );
  }

  /** The destination, or the visited URL itself where the device's real browser is to visit it. */
  #locationOf(going: Going, { via, destination }: Forwards): string {
    const { inApp } = going.visit.device;
    if (via !== 'browser' || !isLeavable(inApp)) return destination;
    return urlForOwnBrowser(inApp, this.#shortUrl(going), queryOf(going.request));
  }

  /** The page that stands between a visitor and the destination. */
  #pageBefore(going: Going, decision: Paged, { link, group }: Target): Page {
    const shared = { ...this.#shared(going, decision), destination: decision.destination };
    if (decision.outcome === 'openApp') {
      const opened = { ...shared, opening: decision.page, clickId: going.visit.clickId };
      return renderOpenAppPage(opened, languageOf(going));
    }
    if (decision.outcome !== 'pushInvitation') return renderForwardPage(shared, languageOf(going));
    const { invitations } = this.#parts;
    const asked = { linkId: (link as KnownLink).id, groupId: group?.id ?? null };
    const page = {
      ...shared,
      token: invitations.seal(asked, going.at),
      vapidPublicKey: invitations.vapidPublicKey,
    };
    return renderPushPage(page, languageOf(going));
  }

  #shared(going: Going, { title, description, imageUrl }: Shown): SharedText {
    const shortUrl = this.#shortUrl(going);
    // Without its query it would be the card of another page.
    const url = going.longLink ? asciiUrl(`${shortUrl}?${queryOf(going.request)}`) : shortUrl;
    return { title, description, imageUrl: imageUrl ?? undefined, url };
  }

  #askPassword(going: Going, wrong: boolean, from: string): void {
    const shortUrl = this.#shortUrl(going);
    const { request, form, longLink, visit } = going;
    // A long link is its query, which only its own URL has whole.
    const isPostedHere = form !== null || longLink !== null;
    const action = isPostedHere ? null : formAction(request.url ?? '', shortUrl, visit.query);
    sendPage(going.response, renderPasswordPage({ wrong, from, shortUrl, action }, languageOf(going)));
    this.#watch.answered(wrong ? 'wrongPassword' : 'passwordRequired', going.arrivedAt);
  }

  #shortUrl({ place }: Going): string {
    return this.#parts.domains.shortUrl(place.domain.id, place.code);
  }

  #notice(exchange: Exchange, notice: Notice, outcome: VisitOutcome = outcomeOf(notice)): void {
    sendPage(exchange.response, renderNotice(notice, languageOf(exchange)));
    this.#watch.answered(outcome, exchange.arrivedAt);
  }

  #refuse(exchange: Exchange, status: 405 | 413 | 415, headers?: Readonly<Record<string, string>>): void {
    refuse(exchange, status, headers);
    this.#watch.answered('refused', exchange.arrivedAt);
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (!(error instanceof NotKnownNow)) this.#parts.onTrouble(error);
    if (!exchange.response.headersSent) this.#notice(exchange, { kind: 'unavailable' });
    else exchange.response.destroy();
  }
}

function queryOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function outcomeOf({ kind }: Notice): VisitOutcome {
  return kind === 'tryAgain' ? 'prefetch' : kind;
}

function secondsUntil(instant: number): number {
  return Math.max(1, Math.ceil((instant - Date.now()) / 1000));
}

function languageOf({ request }: Exchange) {
  return chooseLanguage(request.headers['accept-language']);
}

/** A proxy may send the whole URL (RFC 9112, section 3.2.2); whoever answers then sees the path alone. */
function originForm(request: IncomingMessage): string {
  const url = request.url ?? '/';
  if (url.charCodeAt(0) === 47 || !/^https?:\/\//i.test(url)) return url;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  request.url = slash < 0 ? '/' : url.slice(slash);
  return request.url;
}
