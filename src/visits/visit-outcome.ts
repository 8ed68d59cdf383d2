import type { Outcome } from './decision.ts';

/** How a visit was answered: with what was decided, or with why nothing could be. */
export type VisitOutcome =
  | Outcome
  /** No link can have this path. */
  | 'notFound'
  /** A long link that cannot be followed, or leads to a host the project does not know. */
  | 'badLongLink'
  | 'home'
  | 'wrongPassword'
  | 'tooManyGuesses'
  /** Somebody has looked at where the link leads. */
  | 'flowPage'
  /** It cannot be looked up, recorded or checked now. */
  | 'unavailable'
  /** A method, or a form, that no browser of a person sends. */
  | 'refused';

/** Every outcome, with the name it has in metrics. */
export const OUTCOME_LABELS = {
  redirect: 'redirect',
  forwardPage: 'forward_page',
  openApp: 'open_app',
  pushInvitation: 'push_invitation',
  previewCard: 'preview_card',
  unknown: 'unknown',
  notFound: 'not_found',
  badLongLink: 'bad_long_link',
  paused: 'paused',
  notStarted: 'not_started',
  ended: 'ended',
  limitReached: 'limit_reached',
  passwordRequired: 'password_required',
  wrongPassword: 'wrong_password',
  tooManyGuesses: 'too_many_guesses',
  protected: 'protected',
  prefetch: 'prefetch',
  flowPage: 'flow_page',
  home: 'home',
  unavailable: 'unavailable',
  refused: 'refused',
} as const satisfies Readonly<Record<VisitOutcome, string>>;

export const VISIT_OUTCOMES = Object.keys(OUTCOME_LABELS) as VisitOutcome[];
