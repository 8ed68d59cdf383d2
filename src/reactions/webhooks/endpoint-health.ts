import type { Effect, Settled } from '../delivery/channel.ts';
import type { NewDelivery } from '../delivery/delivery.ts';
import { eventIdOf } from '../delivery/delivery.ts';
import { mailLane } from '../delivery/lane.ts';
import type { EndpointDisabledNotice } from './endpoint-disabled-notice.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/** An endpoint that has taken nothing for so long is not called any more. */
export const FAILING_DAYS = 3;
const FAILING_MS = FAILING_DAYS * 24 * 60 * 60_000;
/**
 * The delivery that failed now has failed so often before, over minutes, or waits for so long: one failure after a quiet
 * month does not add up with the last one before it.
 */
export const FAILED_BEFORE = 3;
const WAITS_FOR_LONG_MS = 24 * 60 * 60_000;

/**
 * Whether an endpoint is given up after this attempt: it says that it is gone, or has taken nothing for days in which
 * nobody has changed anything about it, and this delivery not at any of its attempts.
 */
export function disabledBecause(
  { delivery, attempted, failingSince, now }: Settled,
  { editedAt }: Pick<WebhookReceiver, 'editedAt'>,
): Effect['reason'] | undefined {
  if (attempted.outcome === 'failed' && attempted.reason === 'gone') return 'gone';
  if (attempted.outcome !== 'retry' || failingSince === null) return undefined;
  if (delivery.attempts < FAILED_BEFORE && now - delivery.createdAt < WAITS_FOR_LONG_MS) return undefined;
  return now - Math.max(failingSince, editedAt) >= FAILING_MS ? 'failing' : undefined;
}

/**
 * The mail that tells the project. Giving an endpoint up is an edit of it, so there is one mail for what it was before,
 * however many of its deliveries say that it is gone.
 */
export function disabledNotice(
  { delivery, failingSince, now }: Settled,
  receiver: WebhookReceiver,
  reason: Effect['reason'],
): NewDelivery {
  const notice: EndpointDisabledNotice = {
    version: 1,
    endpointId: receiver.publicId,
    url: URL.parse(receiver.url ?? '')?.origin ?? null,
    reason,
    groupName: receiver.groupName,
    since: failingSince ?? now,
  };
  return {
    eventId: eventIdOf('endpoint-disabled', receiver.publicId, receiver.editedAt),
    lane: mailLane(delivery.projectId, 0),
    channel: 'mail',
    kind: 'endpoint-disabled',
    projectId: delivery.projectId,
    endpointId: delivery.endpointId,
    subscriptionId: null,
    messageId: null,
    linkId: null,
    groupId: delivery.groupId,
    body: JSON.stringify(notice),
    createdAt: now,
    dueAt: now,
  };
}
