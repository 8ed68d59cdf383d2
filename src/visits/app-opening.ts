import type { OpenedLink } from '../deeplinks/opened-link.ts';
import type { Outcome } from './decision.ts';

/** Why an app is not told where a link leads. */
export type AppRefusal =
  /** The URL is none of this installation's short links. */
  | 'notShort'
  | 'unknown'
  /** The link is there and opens another app than the asker's. */
  | 'otherApp'
  | 'paused'
  | 'notStarted'
  | 'ended'
  | 'limitReached'
  | 'passwordRequired'
  /** It cannot be said, or not be counted, now. */
  | 'unavailable';

export type AppOpening =
  | { readonly outcome: 'opened'; readonly link: OpenedLink; readonly clickId: string }
  | { readonly outcome: AppRefusal };

/** As `AppOpening`, with nothing counted yet. */
export type FollowedOpening =
  /** `note` counts the installation. */
  | { readonly outcome: 'opened'; readonly link: OpenedLink; note(): Promise<void> }
  | { readonly outcome: AppRefusal };

/** A look without counting: `opened` is what opening it would lead to. */
export type LookOutcome = 'opened' | AppRefusal;

/** What an app is told of a visit that leads nowhere. */
export function appRefusalOf(outcome: Outcome): AppRefusal {
  switch (outcome) {
    case 'paused':
    case 'notStarted':
    case 'ended':
    case 'limitReached':
    case 'passwordRequired':
      return outcome;
    default:
      return 'unknown';
  }
}
