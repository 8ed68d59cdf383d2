import type { LongLinkQuery } from '../../deeplinks/firebase/long-link-parameters.ts';
import { asksForFlow } from '../flow.ts';
import type { Going } from '../going.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { VisitReplies } from '../visit-replies.ts';
import type { VisitSteps } from '../visit-steps.ts';

/** A Firebase long link is found in its query, and then is a visit like any. */
export class LongLinkRoad {
  readonly #longLinks: VisitParts['longLinks'];
  readonly #replies: VisitReplies;
  readonly #steps: VisitSteps;

  constructor({ longLinks }: Pick<VisitParts, 'longLinks'>, replies: VisitReplies, steps: VisitSteps) {
    this.#longLinks = longLinks;
    this.#replies = replies;
    this.#steps = steps;
  }

  find(going: Going, longLink: LongLinkQuery): void {
    const { domain } = going.place;
    const found = asksForFlow(going.visit.query)
      ? this.#longLinks.look(domain, longLink)
      : this.#longLinks.find(domain, longLink);
    found
      .then((longLinked) => {
        if ('target' in longLinked) this.#steps.decide(going, longLinked.target);
        else this.#replies.notice(going, { kind: 'badLongLink', why: longLinked.why });
      })
      .catch((error: unknown) => this.#replies.fail(going, error));
  }
}
