import type { PasswordInForce } from '../decision.ts';
import { formAction } from '../form-action.ts';
import { type FormPost, referrerIn } from '../form-post.ts';
import { type Going, languageOf, shortUrlOf } from '../going.ts';
import type { GuessOutcome } from '../guesses.ts';
import { renderPasswordPage } from '../pages/password-page.ts';
import type { Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import type { VisitReplies } from '../visit-replies.ts';
import type { VisitSteps } from '../visit-steps.ts';

type PasswordParts = Pick<VisitParts, 'domains' | 'passwords' | 'clientAddress'>;

/**
 * The way of a password: read the form → find the link → decide → guess → and the way of a visit from its beginning,
 * so that whatever was changed meanwhile applies.
 */
export class PasswordRoad {
  readonly #parts: PasswordParts;
  readonly #replies: VisitReplies;
  readonly #steps: VisitSteps;

  constructor(parts: PasswordParts, replies: VisitReplies, steps: VisitSteps) {
    this.#parts = parts;
    this.#replies = replies;
    this.#steps = steps;
  }

  /** The visit with what its cookies prove to have unlocked. */
  withCookies(going: Going, target: Target): Going {
    const unlocked = this.#parts.passwords.unlocked(going.request.headers.cookie, target, going.at);
    return unlocked === null ? going : { ...going, visit: { ...going.visit, unlocked } };
  }

  /** At a link that nobody passes without its password. */
  meet(going: Going, password: PasswordInForce): void {
    if (going.form) this.#take(going, going.form, password);
    else this.#ask(going, false, referrerIn(going.request.headers.referer));
  }

  #take(going: Going, form: FormPost, password: PasswordInForce): void {
    if (form.kind !== 'form') {
      this.#replies.refuse(going, 415);
      return;
    }
    if (going.visit.unlocked !== null) {
      // It was right, and changed while we looked.
      this.#ask(going, true, form.from);
      return;
    }
    const { passwords, clientAddress } = this.#parts;
    passwords
      .guess(password, form.password ?? '', clientAddress.of(going.request))
      .then((guess) => this.#follow(going, guess, password, form.from))
      .catch((error: unknown) => this.#replies.fail(going, error));
  }

  #follow(going: Going, guess: GuessOutcome, password: PasswordInForce, from: string): void {
    switch (guess.outcome) {
      case 'right':
        this.#letIn(going, password);
        return;
      case 'wrong':
        this.#ask(going, true, from);
        return;
      case 'refused': {
        const retryAfterSeconds = secondsUntil(guess.retryAt);
        this.#replies.notice(going, { kind: 'tooManyGuesses', retryAfterSeconds });
        return;
      }
      case 'busy':
        this.#replies.notice(going, { kind: 'unavailable' });
    }
  }

  /** The password was right; whether it still is, and all else, is found out anew. */
  #letIn(going: Going, password: PasswordInForce): void {
    // Gone meanwhile, as after an impatient second press of the button, which now must not find the last slot taken.
    if (going.response.destroyed) return;
    const { passwords, domains } = this.#parts;
    const at = Date.now();
    const { unlocked, setCookie } = passwords.entered(password, shortUrlOf(going, domains), at);
    this.#steps.find({ ...going, at, visit: { ...going.visit, unlocked }, setCookie });
  }

  #ask(going: Going, wrong: boolean, from: string): void {
    const shortUrl = shortUrlOf(going, this.#parts.domains);
    const { request, form, longLink, visit } = going;
    // A long link is its query, which only its own URL has whole.
    const isPostedHere = form !== null || longLink !== null;
    const action = isPostedHere ? null : formAction(request.url ?? '', shortUrl, visit.query);
    const page = renderPasswordPage({ wrong, from, shortUrl, action }, languageOf(going));
    this.#replies.page(going, page, wrong ? 'wrongPassword' : 'passwordRequired');
  }
}

function secondsUntil(instant: number): number {
  return Math.max(1, Math.ceil((instant - Date.now()) / 1000));
}
