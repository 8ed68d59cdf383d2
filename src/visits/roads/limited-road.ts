import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { Going } from '../going.ts';
import type { Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { VisitReplies } from '../visit-replies.ts';
import type { VisitSteps } from '../visit-steps.ts';

type LimitedParts = Pick<VisitParts, 'journal' | 'slots'>;

/** Through a link with a click limit. */
export class LimitedRoad {
  readonly #parts: LimitedParts;
  readonly #replies: VisitReplies;
  readonly #steps: VisitSteps;

  constructor(parts: LimitedParts, replies: VisitReplies, steps: VisitSteps) {
    this.#parts = parts;
    this.#replies = replies;
    this.#steps = steps;
  }

  /** A slot decides between the destination and the notice, and only whoever holds one gets the destination. */
  take(going: Going, target: Target, linkId: number, limit: number, decision: Decision): void {
    const { journal, slots } = this.#parts;
    if (!journal.writable) {
      this.#replies.notice(going, { kind: 'unavailable' });
      return;
    }
    const taking = slots.take(linkId, limit, (slot) => {
      if (slot) this.#steps.answer(going, decision, target, slot);
      else this.#answerAt(going, target, limit);
    });
    taking?.catch((error: unknown) => this.#replies.fail(going, error));
  }

  /** For whoever was let past the limit without the count. */
  count(going: Going, target: Target, linkId: number): void {
    Promise.resolve(this.#parts.slots.taken(linkId))
      .then((taken) => this.#answerAt(going, target, taken))
      .catch((error: unknown) => this.#replies.fail(going, error));
  }

  #answerAt(going: Going, target: Target, slotsTaken: number): void {
    const decision = decide(target.link, target.group, { ...going.visit, slotsTaken }, going.at);
    this.#steps.answer(going, decision, target, null);
  }
}
