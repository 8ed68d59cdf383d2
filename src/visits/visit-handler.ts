import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClickFlag, ClickKind, type ClickRecord } from '../clicks/click-record.ts';
import type { JournalWaiter } from '../clicks/journal/click-journal.ts';
import type { ReservedSegments } from '../links/code.ts';
import { asciiUrl } from '../links/destination.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import { effective } from '../links/overlay.ts';
import { newClickId } from './click-id.ts';
import type { ClientAddress } from './client-address.ts';
import { decide } from './decide.ts';
import type { Decision, Forwarding } from './decision.ts';
import { chooseLanguage } from './pages/language.ts';
import { type Notice, renderNotice } from './pages/notice-page.ts';
import type { Page } from './pages/page.ts';
import { renderPreviewCard } from './pages/preview-card.ts';
import type { Slot, Slots } from './slots.ts';
import type { Visit } from './visit.ts';
import { type KnownLink, NotKnownNow, type Target, type VisitDirectory } from './visit-directory.ts';
import { requestedPath, utmOf, visitOf } from './visit-request.ts';

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
  /** Told why a visit could not be decided. It may be told a thousand times a second. */
  readonly onTrouble: (error: unknown) => void;
}

/** One visit on its way through the handler. */
interface Going {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly visit: Visit;
  readonly at: number;
}

/** How much of a header is worth keeping; what is longer was not written for us. */
const LONGEST_HEADER = 1_024;

/**
 * Answers requests for short links. It stands before the API's router and takes what is not the API's; nothing of
 * the API (hooks, plugins, parsing) runs for a visit.
 *
 * The way of a visit: find the link → decide → take a slot if it needs one → journal the click → answer. On SQLite
 * the first three are synchronous, so a visit is answered in the turn of the event loop after its own.
 */
export class VisitHandler {
  readonly #parts: VisitHandlerParts;

  constructor(parts: VisitHandlerParts) {
    this.#parts = parts;
  }

  /** @returns false when the path is the API's */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = originForm(request);
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const end = path.indexOf('/', 1);
    if (this.#parts.reserved.has(path.slice(1, end < 0 ? undefined : end))) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response);
    const at = Date.now();
    const going: Going = {
      request,
      response,
      visit: visitOf(request, mark < 0 ? '' : url.slice(mark + 1)),
      at,
    };
    const target = requestedPath(path, this.#parts.domains.ofHost(request.headers.host));
    if (target?.code === '') this.#notice(going, { kind: 'home', apiDocs: target.domain.isDefault });
    else if (!target) this.#notice(going, { kind: 'unknown' });
    else this.#find(going, target.domain.id, target.code);
    return true;
  }

  #find(going: Going, domainId: number, code: string): void {
    try {
      const target = this.#parts.directory.find(domainId, code);
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

  #decide(going: Going, target: Target): void {
    const decision = decide(target.link, target.group, going.visit, going.at);
    const { link } = target;
    if (!link) {
      this.#answer(going, decision, target, null);
    } else if ('limit' in decision && decision.limit !== null) {
      this.#takeSlot(going, target, link.id, decision.limit, decision);
    } else if (
      decision.outcome === 'passwordRequired' &&
      effective('maxClicks', link.settings, target.group?.settings)
    ) {
      this.#decideWithCount(going, target, link.id);
    } else {
      this.#answer(going, decision, target, null);
    }
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
      // These two have no pages of their own yet; until then such links forward at once.
      case 'forwardPage':
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
        if (decision.expiredUrl !== null) redirect(going.response, 302, asciiUrl(decision.expiredUrl));
        else this.#notice(going, { kind: 'ended' });
        return;
      case 'passwordRequired':
        this.#notice(going, { kind: 'password' });
        return;
      case 'prefetch':
        this.#notice(going, { kind: 'tryAgain' });
        return;
      case 'previewCard':
        this.#send(going, this.#previewCard(going, decision));
        return;
      default:
        this.#notice(going, { kind: decision.outcome });
    }
  }

  #forward(
    going: Going,
    decision: Forwarding & { readonly outcome: string; readonly status?: 301 | 302 },
    target: Target,
    slot: Slot | null,
  ): void {
    const answer = new RedirectAnswer(going.response, decision.status ?? 302, decision.destination, slot);
    if (decision.record === 'none') answer.journalled();
    else this.#parts.journal.append(this.#recordOf(going, decision, target, slot !== null), answer);
  }

  #recordOf({ request, visit, at }: Going, decision: Forwarding, target: Target, slot: boolean): ClickRecord {
    const { headers } = request;
    const link = target.link as KnownLink;
    let flags = slot ? ClickFlag.slot : 0;
    if (visit.qr) flags |= ClickFlag.qr;
    if (visit.visitor === 'automated') flags |= ClickFlag.automated;
    if (decision.record === 'crawler') flags |= ClickFlag.crawler;
    if (decision.record === 'uncounted') flags |= ClickFlag.uncounted;
    return {
      id: newClickId(at),
      kind: ClickKind.click,
      at,
      linkId: link.id,
      groupId: target.group?.id ?? null,
      domainId: link.domainId,
      routeId: decision.routeId,
      flags,
      address: this.#parts.clientAddress.of(request),
      userAgent: kept(headers['user-agent']),
      language: kept(headers['accept-language']),
      referrer: kept(headers.referer),
      utm: utmOf(visit.query),
    };
  }

  #previewCard(going: Going, card: Extract<Decision, { outcome: 'previewCard' }>): Page {
    const { request } = going;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const found = requestedPath(path, this.#parts.domains.ofHost(request.headers.host));
    return renderPreviewCard(
      {
        title: card.title,
        description: card.description,
        imageUrl: card.imageUrl ?? undefined,
        url: found ? this.#parts.domains.shortUrl(found.domain.id, found.code) : '',
      },
      chooseLanguage(request.headers['accept-language']),
    );
  }

  #notice(going: Going, notice: Notice): void {
    this.#send(going, renderNotice(notice, chooseLanguage(going.request.headers['accept-language'])));
  }

  #send({ request, response }: Going, page: Page): void {
    response.writeHead(page.status, page.headers);
    response.end(request.method === 'HEAD' ? undefined : page.body);
  }

  #fail(going: Going, error: unknown): void {
    if (!(error instanceof NotKnownNow)) this.#parts.onTrouble(error);
    if (!going.response.headersSent) this.#notice(going, { kind: 'unavailable' });
    else going.response.destroy();
  }
}

/** Waits for its click to be in the journal. */
class RedirectAnswer implements JournalWaiter {
  readonly #response: ServerResponse;
  readonly #status: 301 | 302;
  readonly #destination: string;
  readonly #slot: Slot | null;

  constructor(response: ServerResponse, status: 301 | 302, destination: string, slot: Slot | null) {
    this.#response = response;
    this.#status = status;
    this.#destination = destination;
    this.#slot = slot;
  }

  journalled(): void {
    redirect(this.#response, this.#status, this.#destination);
  }

  /** An unlimited link still leads on, and the loss is counted; a limited one must not be followed uncounted. */
  refused(): void {
    if (!this.#slot) {
      this.journalled();
      return;
    }
    this.#slot.giveBack();
    const page = renderNotice(
      { kind: 'unavailable' },
      chooseLanguage(this.#response.req.headers['accept-language']),
    );
    this.#response.writeHead(page.status, page.headers);
    this.#response.end(page.body);
  }
}

function redirect(response: ServerResponse, status: 301 | 302, location: string): void {
  response.writeHead(status, ['Location', location, 'Cache-Control', 'no-store', 'Content-Length', '0']);
  response.end();
}

/** A proxy may send the whole URL (RFC 9112, section 3.2.2); whoever answers then sees the path alone. */
function originForm(request: IncomingMessage): string {
  const url = request.url ?? '/';
  if (url.charCodeAt(0) === 47 || !/^https?:\/\//i.test(url)) return url;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  request.url = slash < 0 ? '/' : url.slice(slash);
  return request.url;
}

function refuseMethod(request: IncomingMessage, response: ServerResponse): true {
  request.resume();
  response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': '0' });
  response.end();
  return true;
}

function kept(header: string | undefined): string {
  return header === undefined
    ? ''
    : header.length > LONGEST_HEADER
      ? header.slice(0, LONGEST_HEADER)
      : header;
}
