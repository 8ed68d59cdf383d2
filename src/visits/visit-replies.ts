import { type Exchange, languageOf } from './going.ts';
import { type Notice, renderNotice } from './pages/notice-page.ts';
import type { Page } from './pages/page.ts';
import { refuse, sendPage } from './visit-answer.ts';
import { NotKnownNow } from './visit-directory.ts';
import type { VisitOutcome } from './visit-outcome.ts';
import type { VisitParts } from './visit-parts.ts';
import type { VisitWatch } from './visit-watch.ts';

/** Answers that leave no record: each is sent at once, and told to whoever watches. */
export class VisitReplies {
  readonly #watch: VisitWatch;
  readonly #onTrouble: VisitParts['onTrouble'];

  constructor(watch: VisitWatch, onTrouble: VisitParts['onTrouble']) {
    this.#watch = watch;
    this.#onTrouble = onTrouble;
  }

  page(exchange: Exchange, page: Page, outcome: VisitOutcome): void {
    sendPage(exchange.response, page);
    this.#watch.answered(outcome, exchange.arrivedAt);
  }

  notice(exchange: Exchange, notice: Notice, outcome: VisitOutcome = outcomeOf(notice)): void {
    this.page(exchange, renderNotice(notice, languageOf(exchange)), outcome);
  }

  refuse(exchange: Exchange, status: 405 | 413 | 415, headers?: Readonly<Record<string, string>>): void {
    refuse(exchange, status, headers);
    this.#watch.answered('refused', exchange.arrivedAt);
  }

  fail(exchange: Exchange, error: unknown): void {
    if (!(error instanceof NotKnownNow)) this.#onTrouble(error);
    if (!exchange.response.headersSent) this.notice(exchange, { kind: 'unavailable' });
    else exchange.response.destroy();
  }
}

function outcomeOf({ kind }: Notice): VisitOutcome {
  return kind === 'tryAgain' ? 'prefetch' : kind;
}
