import { createHash } from 'node:crypto';

/**
 * A delivery is one message to one receiver. Its states:
 *
 *     waiting    due at `dueAt`; each attempt counts in `attempts`
 *     delivered  the receiver has taken it
 *     failed     given up: tried as often as the schedule says, refused for good, or its place taken by a newer one
 *     not sent   never tried, because something is missing (`reason` says what), such as a mail server
 *
 * waiting -> delivered | failed | not sent, and by a replay back to waiting. Body and event id never change, so that a
 * receiver who has seen it knows it again.
 */
export const DeliveryState = { waiting: 0, delivered: 1, failed: 2, notSent: 3 } as const;
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState];

export type ChannelName = 'webhook' | 'mail' | 'push';

/**
 * `clicks`: a link has reached a threshold. `test`: somebody tries a webhook. `endpoint-disabled`: a webhook is no
 * longer called. `message`: somebody writes to subscribers.
 */
export type DeliveryKind = 'clicks' | 'test' | 'endpoint-disabled' | 'message';

/** Why a delivery has failed or was not sent. */
export type FinalReason =
  /** Tried as often as the schedule says. */
  | 'gave-up'
  /** The receiver will never take it. */
  | 'refused'
  /** The receiver does not exist any more (410; a subscription that has ended). */
  | 'gone'
  /** The endpoint was disabled while it waited. */
  | 'endpoint-disabled'
  /** Nobody says any more where it should go: the group was deleted, the URL taken away. */
  | 'no-receiver'
  | 'no-smtp'
  | 'no-addresses'
  /** Nobody of the project has allowed notifications. */
  | 'no-subscription'
  /** Too many waited in its lane: a newer one took its place. */
  | 'superseded'
  | 'cancelled';

export interface NewDelivery {
  /** 32 hex digits: `eventIdOf`. One that is there already is not written again. */
  readonly eventId: string;
  readonly lane: string;
  readonly channel: ChannelName;
  readonly kind: DeliveryKind;
  readonly projectId: number;
  readonly endpointId: number | null;
  readonly subscriptionId: number | null;
  readonly messageId: number | null;
  readonly linkId: number | null;
  readonly groupId: number | null;
  /** JSON: of a webhook the bytes that are sent, of mail and push what they are made from. */
  readonly body: string;
  readonly createdAt: number;
  readonly dueAt: number;
}

/** A delivery that waits. */
export interface Delivery extends NewDelivery {
  readonly id: number;
  /** Made so far. */
  readonly attempts: number;
}

/** The same for the same event and receiver, and not to be guessed where one of the parts is not. */
export function eventIdOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
