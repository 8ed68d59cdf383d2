import type { IncomingMessage } from 'node:http';
import type { JournalWaiter } from '../clicks/journal/click-journal.ts';
import type { VisitOutcome } from './visit-outcome.ts';

/** Who counts visits. Told of each one, so it must cost next to nothing. Times are its own, and only handed through. */
export interface VisitWatch {
  arrived(request: IncomingMessage): number;
  /** The answer has been handed over. */
  answered(outcome: VisitOutcome, arrivedAt: number): void;
  /** The same answer, counted when the journal has had its turn. */
  whenJournalled(
    answer: JournalWaiter,
    outcome: VisitOutcome,
    ifHeldBack: VisitOutcome,
    arrivedAt: number,
  ): JournalWaiter;
}

export const NOBODY_WATCHES: VisitWatch = {
  arrived: () => 0,
  answered: () => {},
  whenJournalled: (answer) => answer,
};
