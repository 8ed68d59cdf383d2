import type { Card } from '../decision.ts';
import { type Going, languageOf, shortUrlOf } from '../going.ts';
import { renderPreviewCard } from '../pages/preview-card.ts';
import { PageAnswer } from '../visit-answer.ts';
import type { VisitCount } from '../visit-count.ts';
import type { Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import { sharedText } from './shared-text.ts';

/** For robots that show a preview of a link: a card of it, recorded as a robot's visit. */
export class CardRoad {
  readonly #domains: VisitParts['domains'];
  readonly #counting: VisitCount;

  constructor({ domains }: Pick<VisitParts, 'domains'>, counting: VisitCount) {
    this.#domains = domains;
    this.#counting = counting;
  }

  show(going: Going, decision: Card, target: Target): void {
    const shared = sharedText(going, decision, shortUrlOf(going, this.#domains));
    const card = renderPreviewCard(shared, languageOf(going));
    this.#counting.count(going, decision, target, null, new PageAnswer(going.response, null, card, null));
  }
}
