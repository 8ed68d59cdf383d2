import { eventIdOf, type NewDelivery } from '../delivery/delivery.ts';
import { alertLane, mailLane, webhookLane } from '../delivery/lane.ts';
import type { PeopleSubscription } from './people-subscriptions.ts';
import type { Threshold, ThresholdGroup, ThresholdProject } from './threshold.ts';
import type { ThresholdNotice } from './threshold-notice.ts';
import type { Crossing } from './threshold-walk.ts';
import { type EventLink, webhookPayload } from './webhook-payload.ts';

/** A crossing, and all that is told of it. */
export interface CrossedThreshold extends Crossing<Threshold> {
  readonly project: ThresholdProject;
  readonly group: ThresholdGroup | undefined;
  readonly link: EventLink;
  /** Whoever of the project has allowed notifications. */
  readonly people: readonly PeopleSubscription[];
}

/**
 * One delivery for each receiver. Their event ids say which multiple of which link for whom, so the same crossing always
 * has the same.
 *
 * @param now milliseconds: they are due at once
 */
export function deliveriesOf(crossed: CrossedThreshold, now: number): NewDelivery[] {
  switch (crossed.threshold.channel) {
    case 'webhook':
      return [webhookDelivery(crossed, crossed.threshold, now)];
    case 'mail':
      return [mailDelivery(crossed, now)];
    case 'push':
      return alertDeliveries(crossed, now);
  }
}

function webhookDelivery(
  crossed: CrossedThreshold,
  { endpoint, metric, every }: Extract<Threshold, { channel: 'webhook' }>,
  now: number,
): NewDelivery {
  const { link, group, project, counters, click } = crossed;
  const eventId = eventIdOf('clicks', link.publicId, endpoint.publicId, metric, counters[metric]);
  const body = webhookPayload({
    eventId,
    kind: 'clicks',
    at: click.at,
    project,
    endpointOf: endpoint.of,
    metric,
    every,
    ...counters,
    link,
    group: group ?? null,
  });
  const receiver = { lane: webhookLane(endpoint.id), channel: 'webhook', endpointId: endpoint.id } as const;
  return { ...bareDelivery(crossed, now), ...receiver, eventId, body };
}

function mailDelivery(crossed: CrossedThreshold, now: number): NewDelivery {
  const { link, project, counters, click } = crossed;
  return {
    ...bareDelivery(crossed, now),
    lane: mailLane(project.id, click.linkId),
    channel: 'mail',
    eventId: eventIdOf('clicks-mail', link.publicId, counters.clicks),
    body: JSON.stringify(noticeOf(crossed)),
  };
}

/** Notifications of a project whose people have allowed none: whoever sends finds no subscription, and says so. */
const unheardLane = (projectId: number): string => `alert-unheard:${projectId}`;

/** Where nobody listens there still is one, so that people see that it was not sent, and why. */
function alertDeliveries(crossed: CrossedThreshold, now: number): NewDelivery[] {
  const { link, project, counters, people } = crossed;
  const alert = {
    ...bareDelivery(crossed, now),
    channel: 'push',
    body: JSON.stringify(noticeOf(crossed)),
  } as const;
  if (people.length === 0) {
    const eventId = eventIdOf('clicks-push', link.publicId, '', counters.clicks);
    return [{ ...alert, lane: unheardLane(project.id), eventId }];
  }
  return people.map(({ id, publicId }) => ({
    ...alert,
    lane: alertLane(id),
    subscriptionId: id,
    eventId: eventIdOf('clicks-push', link.publicId, publicId, counters.clicks),
  }));
}

function bareDelivery({ project, click, group }: CrossedThreshold, now: number) {
  return {
    kind: 'clicks',
    projectId: project.id,
    endpointId: null,
    subscriptionId: null,
    messageId: null,
    linkId: click.linkId,
    groupId: group?.id ?? null,
    createdAt: now,
    dueAt: now,
  } as const;
}

function noticeOf({ link, group, counters, threshold, click }: CrossedThreshold): ThresholdNotice {
  return {
    version: 1,
    linkId: link.publicId,
    shortUrl: link.shortUrl,
    title: link.title,
    groupName: group?.name ?? null,
    clicks: counters.clicks,
    visitors: counters.visitors,
    every: threshold.every,
    at: click.at,
  };
}
