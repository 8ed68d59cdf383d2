import type { JournalWaiter } from '../clicks/journal/click-journal.ts';
import type { Card, Onward } from './decision.ts';
import type { Going } from './going.ts';
import { queryOf } from './request-url.ts';
import type { Slot } from './slots.ts';
import type { Target } from './visit-directory.ts';
import type { VisitParts } from './visit-parts.ts';
import { recordOf } from './visit-record.ts';
import type { VisitWatch } from './visit-watch.ts';

/** The last step of a visit that is recorded: its click goes into the journal, and then its answer goes out. */
export class VisitCount {
  readonly #parts: Pick<VisitParts, 'journal' | 'clientAddress'>;
  readonly #watch: VisitWatch;

  constructor(parts: Pick<VisitParts, 'journal' | 'clientAddress'>, watch: VisitWatch) {
    this.#parts = parts;
    this.#watch = watch;
  }

  /** Answers when the visit is in the journal. */
  count(
    going: Going,
    decision: Onward | Card,
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
    const query = going.longLink ? queryOf(request.url ?? '') : visit.query;
    const recorded = { request, visit, at, address, query, referrer };
    this.#parts.journal.append(
      recordOf(recorded, target, decision, slot !== null),
      this.#watch.whenJournalled(answer, outcome, slot === null ? outcome : 'unavailable', arrivedAt),
    );
  }
}
