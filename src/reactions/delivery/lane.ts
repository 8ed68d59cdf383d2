import type { ChannelName, NewDelivery } from './delivery.ts';

/**
 * A lane holds the deliveries that only delay each other: those to one webhook, the mails about one link. One process
 * at a time works on a lane, under a lease, so that what holds for a receiver (how many at once, how often) holds over
 * all processes; when it dies, the lease ends and another goes on. The states of a lane:
 *
 *     empty    `due_at` is null: nothing waits
 *     waiting  something waits until `due_at`, or until `open_at` if that is later
 *     due      both are past, and nobody's lease holds
 *     leased   `lease_until` is in the future: `lease_owner` works on it, and renews the lease while it does
 *
 *     empty -> waiting | due      by `enqueue` or a replay
 *     waiting -> due              by time
 *     due -> leased               by a claim
 *     leased -> waiting | empty   by a release, in the transaction of the last outcomes or after them
 *     leased -> due               by time: the owner has died or was cut off
 *
 * A lane that is held (`held` says why) waits like any other, and is asked about again when `open_at` is past.
 *
 * The owner is whoever stands in `lease_owner`, also when the lease has run out and nobody has taken it since. It alone
 * writes outcomes. Everybody else adds deliveries (and brings `due_at` forward), or ends some of them, holding the lane's
 * row meanwhile. Whoever needs the rows of several lanes takes them in the order of their names.
 */
export interface LaneKey {
  readonly lane: string;
  readonly channel: ChannelName;
  readonly projectId: number;
}

export const webhookLane = (endpointId: number): string => `webhook:${endpointId}`;
/** Beside the endpoint's own, so that whoever tries an endpoint does not wait behind what it has missed. */
export const webhookTestLane = (endpointId: number): string => `webhook-test:${endpointId}`;
/** Of one link (0: of the project itself): what waits together goes out as one mail. */
export const mailLane = (projectId: number, linkId: number): string => `mail:${projectId}:${linkId}`;
/** Notifications to one person's browser. */
export const alertLane = (subscriptionId: number): string => `alert:${subscriptionId}`;
/** A message to subscribers, by the push service that carries it. */
export const messageLane = (messageId: number, host: string): string => `message:${messageId}:${host}`;

/**
 * So many deliveries may wait in a lane. What comes then is not kept, and counted; of mails, which tell how far a link has
 * come, the oldest make room.
 */
export const MOST_WAITING: Readonly<Record<ChannelName, number>> = {
  webhook: 10_000,
  mail: 1_000,
  push: 1_000,
};

/** Messages to subscribers are written piece by piece, by somebody who knows how many there are. */
export function mostWaiting({ channel, messageId }: Pick<NewDelivery, 'channel' | 'messageId'>): number {
  return messageId === null ? MOST_WAITING[channel] : Number.MAX_SAFE_INTEGER;
}
