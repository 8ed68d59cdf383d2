import type { Decision } from '../decision.ts';
import { askPage } from '../described-page.ts';
import type { Going } from '../going.ts';
import type { KnownLink, Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { VisitReplies } from '../visit-replies.ts';
import type { VisitSteps } from '../visit-steps.ts';

/** Asks the page behind a link for what the link does not say of itself, where the answer would show it. */
export class DescribedRoad {
  readonly #pages: VisitParts['pages'];
  readonly #replies: VisitReplies;
  readonly #steps: VisitSteps;

  constructor({ pages }: Pick<VisitParts, 'pages'>, replies: VisitReplies, steps: VisitSteps) {
    this.#pages = pages;
    this.#replies = replies;
    this.#steps = steps;
  }

  /** @returns whether the visit is decided once more, now or soon, with what the page says */
  takes(going: Going, target: Target, link: KnownLink, decision: Decision): boolean {
    // Where a long link leads is the visitor's word, and visitors do not choose what we read.
    if (going.longLink) return false;
    if (going.form !== null || going.page?.url === link.pageUrl) return false;
    const asked = askPage(this.#pages, link, going.visit, decision);
    if (asked instanceof Promise) {
      asked
        .then((page) => {
          // Whatever was changed meanwhile applies: the link may be protected now.
          if (!going.response.destroyed) this.#steps.find({ ...going, at: Date.now(), page });
        })
        .catch((error: unknown) => this.#replies.fail(going, error));
      return true;
    }
    if (asked === null) return false;
    this.#steps.decide({ ...going, page: asked }, target);
    return true;
  }
}
