import { effective } from '../../links/overlay.ts';
import { decide } from '../decide.ts';
import { flowPageOf, lookedAt } from '../flow-answer.ts';
import { type Going, languageOf, shortUrlOf } from '../going.ts';
import { queryOf } from '../request-url.ts';
import type { KnownLink, Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { VisitReplies } from '../visit-replies.ts';
import type { VisitSteps } from '../visit-steps.ts';

type FlowParts = Pick<VisitParts, 'domains' | 'slots'>;

/** Looks at a visit instead of going it: nothing is counted, no slot is taken. */
export class FlowRoad {
  readonly #parts: FlowParts;
  readonly #replies: VisitReplies;
  readonly #steps: VisitSteps;

  constructor(parts: FlowParts, replies: VisitReplies, steps: VisitSteps) {
    this.#parts = parts;
    this.#replies = replies;
    this.#steps = steps;
  }

  show(going: Going, target: Target, link: KnownLink): void {
    const limited = effective('maxClicks', link.settings, target.group?.settings) !== false;
    const taken = limited ? this.#parts.slots.taken(link.id) : 0;
    if (taken instanceof Promise) {
      taken
        .then((slotsTaken) => this.#send(going, target, link, slotsTaken))
        .catch((error: unknown) => this.#replies.fail(going, error));
    } else this.#send(going, target, link, taken);
  }

  #send(going: Going, target: Target, link: KnownLink, slotsTaken: number): void {
    const visit = { ...going.visit, slotsTaken };
    const { at, request, response, setCookie } = going;
    const url = { shortUrl: shortUrlOf(going, this.#parts.domains), query: queryOf(request.url ?? '') };
    const page = flowPageOf({ link, group: target.group, visit, at, ...url }, languageOf(going));
    if (!page) {
      this.#steps.answer(going, lookedAt(decide(link, target.group, visit, at)), target, null);
      return;
    }
    if (setCookie !== null) response.setHeader('Set-Cookie', setCookie);
    this.#replies.page(going, page, 'flowPage');
  }
}
