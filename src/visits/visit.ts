import type { Device } from '../deeplinks/device.ts';

/** Who asks, as far as the answer depends on it. */
export type VisitorClass =
  | 'person'
  /** An HTTP library or no User-Agent at all: answered and counted like a person, told apart in statistics. */
  | 'automated'
  /** Fetches a page to show a preview of it, and says so. */
  | 'unfurler'
  /** Any other robot that says so. */
  | 'crawler';

/** A request for a short link: all that `decide` may look at. */
export interface Visit {
  /** POST brings a form with a password: what it proves is in `unlocked`. */
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly visitor: VisitorClass;
  readonly device: Device;
  /** The browser fetches ahead, and nobody may ever look. */
  readonly prefetch: boolean;
  /** What is answered may be shown as a page of its own: it is not for a picture, a frame or a script. */
  readonly document: boolean;
  /** Came through a QR image. */
  readonly qr: boolean;
  /** Query of the visited URL, without `?`. */
  readonly query: string;
  /** What the visit is called if it is recorded, else `NO_CLICK_ID`; app stores hand it on to the app. */
  readonly clickId: string;
  /** What the visitor proves to have unlocked, with a cookie or a password: a `passwordVersion`, or null. */
  readonly unlocked: string | null;
  /** Slots of a limited link taken so far; whatever it is, an unlimited link does not look at it. */
  readonly slotsTaken: number;
  /**
   * Whether a URL leads to this installation again, as this visit did. No page goes on there by itself: browsers end a
   * circle of redirects, and one of pages never.
   */
  readonly leadsHere: (url: string) => boolean;
}
