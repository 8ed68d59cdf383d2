import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLongLinkQuery } from '../deeplinks/firebase/long-link-parameters.ts';
import { asciiUrl } from '../links/destination.ts';
import { effective } from '../links/overlay.ts';
import { requestedPath, rootOf } from '../links/requested-path.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { describedBy } from './described-page.ts';
import { asksForFlow } from './flow.ts';
import { hasPassword, readFormPost } from './form-post.ts';
import { type Exchange, type Going, goingOf } from './going.ts';
import { leadsHere } from './leads-here.ts';
import { firstSegmentOf, originForm, pathOf, queryOf } from './request-url.ts';
import { CardRoad } from './roads/card-road.ts';
import { DescribedRoad } from './roads/described-road.ts';
import { FlowRoad } from './roads/flow-road.ts';
import { LimitedRoad } from './roads/limited-road.ts';
import { LongLinkRoad } from './roads/long-link-road.ts';
import { OnwardRoad } from './roads/onward-road.ts';
import { PasswordRoad } from './roads/password-road.ts';
import { redirectStatus } from './rules.ts';
import type { Slot } from './slots.ts';
import { mayBeUsedUp } from './used-up.ts';
import { redirect } from './visit-answer.ts';
import { VisitCount } from './visit-count.ts';
import type { KnownLink, Target } from './visit-directory.ts';
import type { VisitParts } from './visit-parts.ts';
import { VisitReplies } from './visit-replies.ts';
import type { VisitSteps } from './visit-steps.ts';
import { NOBODY_WATCHES, type VisitWatch } from './visit-watch.ts';

/**
 * Answers requests for short links. It stands before the API's router and takes what is not the API's; nothing of
 * the API (hooks, plugins, parsing) runs for a visit.
 *
 * The way of a visit: enter → find the link → decide → take a road → answer → count. For a link without a limit, on
 * SQLite, all of it is synchronous, so a visit is answered in the turn of the event loop after its own. What is not
 * every visit's (passwords, limits, pages, long links) stands in `roads/`, made once at start-up; roads that wait lead
 * back to a step.
 */
export class VisitHandler {
  readonly #parts: VisitParts;
  readonly #watch: VisitWatch;
  readonly #replies: VisitReplies;
  readonly #longLinks: LongLinkRoad;
  readonly #described: DescribedRoad;
  readonly #passwords: PasswordRoad;
  readonly #flow: FlowRoad;
  readonly #limited: LimitedRoad;
  readonly #onward: OnwardRoad;
  readonly #card: CardRoad;

  constructor(parts: VisitParts, watch: VisitWatch = NOBODY_WATCHES) {
    const replies = new VisitReplies(watch, parts.onTrouble);
    const counting = new VisitCount(parts, watch);
    const steps: VisitSteps = {
      find: (going) => this.#find(going),
      decide: (going, target) => this.#decide(going, target),
      answer: (going, decision, target, slot) => this.#answer(going, decision, target, slot),
    };
    this.#parts = parts;
    this.#watch = watch;
    this.#replies = replies;
    this.#longLinks = new LongLinkRoad(parts, replies, steps);
    this.#described = new DescribedRoad(parts, replies, steps);
    this.#passwords = new PasswordRoad(parts, replies, steps);
    this.#flow = new FlowRoad(parts, replies, steps);
    this.#limited = new LimitedRoad(parts, replies, steps);
    this.#onward = new OnwardRoad(parts, counting);
    this.#card = new CardRoad(parts, counting);
  }

  /** @returns false when the path is the API's */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = originForm(request.url ?? '/');
    if (url !== request.url) request.url = url;
    const path = pathOf(url);
    if (this.#parts.reserved.has(firstSegmentOf(path))) return false;
    const exchange = { request, response, arrivedAt: this.#watch.arrived(request) };
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      this.#replies.refuse(exchange, 405, { Allow: 'GET, HEAD, POST' });
    } else this.#enter(exchange, path, queryOf(url));
    return true;
  }

  #enter(exchange: Exchange, path: string, query: string): void {
    const isLong = isLongLinkQuery(query);
    const { headers, method } = exchange.request;
    const { domains } = this.#parts;
    const place = requestedPath(isLong ? rootOf(path) : path, domains.ofHost(headers.host));
    if (!place) {
      this.#replies.notice(exchange, { kind: 'unknown' }, 'notFound');
    } else if (place.code !== '' || isLong) {
      const going = goingOf(exchange, place, query, (url) => leadsHere(url, domains, headers.host));
      if (method === 'POST') this.#readForm(going);
      else this.#find(going);
    } else if (method === 'POST') {
      this.#replies.refuse(exchange, 405, { Allow: 'GET, HEAD' });
    } else {
      this.#replies.notice(exchange, { kind: 'home', apiDocs: place.domain.isDefault });
    }
  }

  #readForm(going: Going): void {
    readFormPost(going.request)
      .then((form) => {
        if (form.kind === 'tooLarge') this.#replies.refuse(going, 413);
        else if (form.kind !== 'aborted') this.#find({ ...going, form });
      })
      .catch((error: unknown) => this.#replies.fail(going, error));
  }

  #find(going: Going): void {
    try {
      if (going.longLink) {
        this.#longLinks.find(going, going.longLink);
        return;
      }
      const { domain, code } = going.place;
      const target = this.#parts.directory.find(domain.id, code);
      if (target instanceof Promise) {
        target
          .then((found) => this.#decide(going, found))
          .catch((error: unknown) => this.#replies.fail(going, error));
      } else {
        this.#decide(going, target);
      }
    } catch (error) {
      this.#replies.fail(going, error);
    }
  }

  #decide(asked: Going, found: Target): void {
    const going = asked.form === null ? this.#passwords.withCookies(asked, found) : asked;
    const target = describedBy(found, going.page);
    const decision = decide(target.link, target.group, going.visit, going.at);
    if (!target.link) this.#answer(going, decision, target, null);
    else if (!this.#described.takes(going, found, target.link, decision))
      this.#takeRoad(going, decision, target, target.link);
  }

  #takeRoad(going: Going, decision: Decision, target: Target, link: KnownLink): void {
    if (going.form && 'destination' in decision && !hasPassword(going.form)) {
      this.#replies.refuse(going, 405, { Allow: 'GET, HEAD' });
    } else if (asksForFlow(going.visit.query)) {
      this.#flow.show(going, target, link);
    } else if ('limit' in decision && decision.limit !== null) {
      this.#limited.take(going, target, link.id, decision.limit, decision);
    } else if (
      mayBeUsedUp(decision, going.visit) &&
      effective('maxClicks', link.settings, target.group?.settings)
    ) {
      this.#limited.count(going, target, link.id);
    } else {
      this.#answer(going, decision, target, null);
    }
  }

  #answer(going: Going, decision: Decision, target: Target, slot: Slot | null): void {
    switch (decision.outcome) {
      case 'redirect':
      case 'forwardPage':
      case 'openApp':
      case 'pushInvitation':
        this.#onward.lead(going, decision, target, slot);
        return;
      case 'previewCard':
        this.#card.show(going, decision, target);
        return;
      case 'passwordRequired':
        this.#passwords.meet(going, decision.password);
        return;
      case 'notStarted': {
        const { startsAt } = decision;
        const timeZone = target.link?.timeZone ?? 'UTC';
        this.#replies.notice(going, { kind: 'notStarted', startsAt, timeZone });
        return;
      }
      case 'ended':
        this.#end(going, decision.expiredUrl);
        return;
      case 'prefetch':
        this.#replies.notice(going, { kind: 'tryAgain' });
        return;
      default:
        this.#replies.notice(going, { kind: decision.outcome });
    }
  }

  #end(going: Going, expiredUrl: string | null): void {
    if (expiredUrl === null) {
      this.#replies.notice(going, { kind: 'ended' });
      return;
    }
    redirect(going.response, redirectStatus(going.visit), asciiUrl(expiredUrl));
    this.#watch.answered('ended', going.arrivedAt);
  }
}
