import { randomUUID } from 'node:crypto';
import { guardedRequest } from '../../outbound/guarded-request.ts';
import type { Attempted, Channel, Effect, Opened } from '../delivery/channel.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { webhookTestLane } from '../delivery/lane.ts';
import { enqueue } from '../delivery/outbox.ts';
import { WEBHOOK_RETRY_DELAYS_MS } from '../delivery/retry-schedule.ts';
import { disabledBecause, disabledNotice } from './endpoint-health.ts';
import { webhookHeaders } from './webhook-headers.ts';
import { outcomeOfWebhook } from './webhook-outcome.ts';
import { findWebhookReceiver, openingOf, type WebhookReceiver } from './webhook-receiver.ts';

/** What a receiver has to answer within, everything included (contract 3.11). */
export const WEBHOOK_TIMEOUT_MS = 5_000;
/** Calls to one endpoint at the same time. */
export const WEBHOOK_CONCURRENCY = 4;
const MOST_READ_BYTES = 64 * 1_024;
const KEPT_BYTES = 4 * 1_024;

export interface WebhookChannelOptions {
  readonly allowPrivateTargets: boolean;
}

/** Webhooks: signed POSTs to receivers that projects and groups have named. */
export function createWebhookChannel({ allowPrivateTargets }: WebhookChannelOptions): Channel {
  /** Of attempts that were not taken: whom they have called, which may have been edited since. */
  const called = new WeakMap<Attempted, WebhookReceiver>();
  return {
    name: 'webhook',
    concurrency: WEBHOOK_CONCURRENCY,
    retryDelaysMs: WEBHOOK_RETRY_DELAYS_MS,

    async open({ deliveries, now }, { config }): Promise<Opened> {
      const endpointId = deliveries[0]?.endpointId ?? -1;
      const receiver = await findWebhookReceiver(config, endpointId, now);
      const isTest = deliveries.every(isOfTest);
      const opening = openingOf(receiver, isTest);
      if (opening || !receiver) return opening ?? { kind: 'end', state: 'failed', reason: 'no-receiver' };
      return {
        kind: 'send',
        async send([delivery], at) {
          const attempted = await send(delivery as Delivery, receiver, at, allowPrivateTargets);
          if (attempted.outcome !== 'delivered') called.set(attempted, receiver);
          return attempted;
        },
      };
    },

    async settle(tx, settled): Promise<readonly Effect[]> {
      const effects = new Map<number, Effect>();
      for (const one of settled) {
        const { endpointId } = one.delivery;
        const receiver = called.get(one.attempted);
        if (endpointId === null || !receiver || isOfTest(one.delivery)) continue;
        const reason = disabledBecause(one, receiver);
        if (reason === undefined || effects.has(endpointId)) continue;
        const calledAsOf = receiver.editedAt;
        const present = await findWebhookReceiver(tx.config, endpointId, one.now);
        if (!present || present.editedAt > calledAsOf) continue;
        await enqueue(tx, [disabledNotice(one, receiver, reason)]);
        effects.set(endpointId, { kind: 'disable-endpoint', endpointId, reason, calledAsOf });
      }
      return [...effects.values()];
    },
  };
}

async function send(
  { eventId, body, ...delivery }: Delivery,
  { url, secrets }: WebhookReceiver,
  now: number,
  allowPrivate: boolean,
): Promise<Attempted> {
  const requestId = randomUUID().replaceAll('-', '');
  let headers: Record<string, string>;
  try {
    headers = webhookHeaders({ eventId, requestId, body, secrets, now });
  } catch {
    const error = 'What is stored to be sent is not the body of a webhook.';
    return { outcome: 'failed', reason: 'refused', status: null, error, answer: '', durationMs: 0 };
  }
  const answer = await guardedRequest({
    url: url ?? '',
    method: 'POST',
    headers,
    body,
    timeoutMs: WEBHOOK_TIMEOUT_MS,
    maxAnswerBytes: MOST_READ_BYTES,
    keepAnswerBytes: KEPT_BYTES,
    allowPrivate,
  });
  return outcomeOfWebhook(answer, now, isOfTest(delivery));
}

/** In the lane of tests, tried once and without consequences for the endpoint. */
function isOfTest({ lane, endpointId }: Pick<Delivery, 'lane' | 'endpointId'>): boolean {
  return endpointId !== null && lane === webhookTestLane(endpointId);
}
