import type { Decision } from './decision.ts';
import type { Going } from './going.ts';
import type { Slot } from './slots.ts';
import type { Target } from './visit-directory.ts';

/** The steps of a visit to which roads lead back that wait, or change what is decided. */
export interface VisitSteps {
  /** From the beginning, so that whatever was changed meanwhile applies. */
  find(going: Going): void;
  decide(going: Going, target: Target): void;
  /** @param slot of a limited link, taken for this visit */
  answer(going: Going, decision: Decision, target: Target, slot: Slot | null): void;
}
