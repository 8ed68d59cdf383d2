import type { AppRoute, OpeningPage } from '../deeplinks/app-route.ts';

/** What a visit leads to: the whole list. A destination is only in outcomes that have passed every check. */
export type Decision =
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'paused' }
  | { readonly outcome: 'notStarted'; readonly startsAt: number }
  | { readonly outcome: 'ended'; readonly expiredUrl: string | null }
  | { readonly outcome: 'limitReached' }
  | { readonly outcome: 'passwordRequired'; readonly password: PasswordInForce }
  /** A robot, or a HEAD, at a protected link: a page that says nothing about where it leads. */
  | { readonly outcome: 'protected' }
  /** A browser fetching ahead of a click that may never come. */
  | { readonly outcome: 'prefetch' }
  /** A preview instead of the destination, which is recorded as the visit of a robot. */
  | ({ readonly outcome: 'previewCard' } & Shown & Pick<Forwarding, 'routeId' | 'record'>)
  | ({ readonly outcome: 'redirect'; readonly status: RedirectStatus } & Forwarding)
  /** A page with the link's own title and picture that forwards. */
  | ({ readonly outcome: 'forwardPage' } & Shown & Forwarding)
  /** A page that leads into an app, where a redirect would not. */
  | ({ readonly outcome: 'openApp'; readonly page: OpeningPage } & Shown & Forwarding)
  /** Asks for permission to send notifications, then forwards. */
  | ({ readonly outcome: 'pushInvitation' } & Shown & Forwarding);

export type RedirectStatus = 301 | 302 | 303;

/** Leads the visitor on, at once or over a page. */
export type Onward = Extract<Decision, { destination: string }>;

export type Card = Extract<Decision, { outcome: 'previewCard' }>;

export type PasswordOwner = { readonly kind: 'link' | 'group'; readonly id: number };

export interface PasswordInForce {
  readonly owner: PasswordOwner;
  /** argon2id, as it is stored. */
  readonly hash: string;
}

/** What a link says of itself; any of it may be empty. */
export interface Shown {
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
}

export interface Forwarding {
  readonly destination: string;
  readonly routeId: number;
  /** What kind of place `destination` is; `browser`: the short URL itself, handed to the device's real browser. */
  readonly via: AppRoute['via'];
  /** How the visit is recorded; `none` leaves no trace. */
  readonly record: 'click' | 'crawler' | 'uncounted' | 'none';
  /** The click limit in force when this visit takes one of its slots, else null. */
  readonly limit: number | null;
}

export type Outcome = Decision['outcome'];
