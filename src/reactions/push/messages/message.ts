/**
 * A message to subscribers. Its states:
 *
 *     scheduled  not begun; due at an instant
 *     sending    its deliveries are being written, or are on their way
 *     sent       every recipient's delivery has come to its end
 *     cancelled  somebody has stopped it; what had been sent by then has been
 *
 * scheduled -> sending -> sent, and from the first two to cancelled.
 */
export type MessageState = 'scheduled' | 'sending' | 'sent' | 'cancelled';

/** Whom it goes to; numbers are ids of rows. */
export type MessageTarget =
  | { readonly kind: 'all' }
  /** Whoever has subscribed through a link that is in the group now, or was then. */
  | { readonly kind: 'group'; readonly groupId: number }
  | { readonly kind: 'link'; readonly linkId: number };

export interface NewMessage {
  readonly publicId: string;
  readonly projectId: number;
  readonly target: MessageTarget;
  readonly title: string;
  readonly body: string;
  /** http(s). */
  readonly url: string;
  readonly imageUrl: string | null;
  /** Not before, milliseconds. */
  readonly dueAt: number;
  /** Who sends it, as the change log calls them. */
  readonly actor: string;
}

/** In `fanned_out_to`: every recipient has a delivery. */
export const EVERYBODY = Number.MAX_SAFE_INTEGER;
