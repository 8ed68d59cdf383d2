import { isLeavable, urlForOwnBrowser } from '../../deeplinks/own-browser.ts';
import type { Onward } from '../decision.ts';
import { type Going, shortUrlOf } from '../going.ts';
import { queryOf } from '../request-url.ts';
import type { Slot } from '../slots.ts';
import { PageAnswer, RedirectAnswer } from '../visit-answer.ts';
import type { VisitCount } from '../visit-count.ts';
import type { Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import { pageBefore } from './page-before.ts';

type OnwardParts = Pick<VisitParts, 'domains' | 'invitations'>;

/** To the destination: by a redirect, or over a page that does what no redirect can. */
export class OnwardRoad {
  readonly #parts: OnwardParts;
  readonly #counting: VisitCount;

  constructor(parts: OnwardParts, counting: VisitCount) {
    this.#parts = parts;
    this.#counting = counting;
  }

  lead(going: Going, decision: Onward, target: Target, slot: Slot | null): void {
    const { response, form, setCookie } = going;
    let answer: RedirectAnswer | PageAnswer;
    // After a form a browser has to ask for the destination with GET (RFC 9110, 15.4.4), so no page in between but one
    // that does what no redirect can.
    if (decision.outcome === 'openApp' || (decision.outcome !== 'redirect' && form === null)) {
      answer = new PageAnswer(response, slot, pageBefore(going, decision, target, this.#parts), setCookie);
    } else {
      const status = form ? 303 : decision.outcome === 'redirect' ? decision.status : 302;
      answer = new RedirectAnswer(response, slot, status, this.#locationOf(going, decision), setCookie);
    }
    this.#counting.count(going, decision, target, slot, answer);
  }

  /** The destination, or the visited URL itself where the device's real browser is to visit it. */
  #locationOf(going: Going, { via, destination }: Onward): string {
    const { inApp } = going.visit.device;
    if (via !== 'browser' || !isLeavable(inApp)) return destination;
    return urlForOwnBrowser(inApp, shortUrlOf(going, this.#parts.domains), queryOf(going.request.url ?? ''));
  }
}
