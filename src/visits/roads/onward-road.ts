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
    const { response, setCookie } = going;
    const answer =
      decision.outcome === 'redirect'
        ? new RedirectAnswer(response, slot, decision.status, this.#locationOf(going, decision), setCookie)
        : new PageAnswer(response, slot, pageBefore(going, decision, target, this.#parts), setCookie);
    this.#counting.count(going, decision, target, slot, answer);
  }

  /** The destination, or the visited URL itself where the device's real browser is to visit it. */
  #locationOf(going: Going, { via, destination }: Onward): string {
    const { inApp } = going.visit.device;
    if (via !== 'browser' || !isLeavable(inApp)) return destination;
    return urlForOwnBrowser(inApp, shortUrlOf(going, this.#parts.domains), queryOf(going.request.url ?? ''));
  }
}
