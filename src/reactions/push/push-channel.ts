import type { BatchReader } from '../../db/batch-writer.ts';
import { LANGUAGES, type Language } from '../../languages.ts';
import { guardedRequest } from '../../outbound/guarded-request.ts';
import type { Attempted, Channel, Opened } from '../delivery/channel.ts';
import { type Delivery, type DeliveryKind, eventIdOf } from '../delivery/delivery.ts';
import type { ThresholdNotice } from '../thresholds/threshold-notice.ts';
import { isCancelled } from './messages/cancelled.ts';
import type { PushAttempted } from './push-attempt.ts';
import { outcomeOfPush } from './push-outcome.ts';
import { loadPushReceivers, type PushReceiver } from './push-receiver.ts';
import { type PushSending, pushRequest, type Sender } from './push-request.ts';
import { settlePushes } from './push-settlement.ts';
import { thresholdPayload } from './threshold-payload.ts';

export interface PushChannelOptions extends Sender {
  readonly allowPrivateTargets: boolean;
  /** Origin of the installation. */
  readonly publicUrl: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_SECONDS = 24 * 60 * 60;

/** How long a browser may be away and still be shown it. */
const TTL_SECONDS: Readonly<Record<Exclude<DeliveryKind, 'endpoint-disabled'>, number>> = {
  clicks: DAY_SECONDS,
  message: 3 * DAY_SECONDS,
  // Whoever presses the button is there.
  test: 5 * 60,
};

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 4_096;

/** Notifications to browsers through the push services of their makers. */
export function createPushChannel(options: PushChannelOptions): Channel {
  return {
    name: 'push',
    concurrency: 16,
    retryDelaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS],

    async open({ deliveries, projectId }, { config, events }): Promise<Opened> {
      const ids = new Set(deliveries.flatMap(({ subscriptionId }) => subscriptionId ?? []));
      // Written when a threshold was reached and there was nobody to tell.
      if (ids.size === 0) return { kind: 'end', state: 'notSent', reason: 'no-subscription' };
      // All of a lane belong to one message, or to none.
      if (await isCancelled(events, deliveries[0]?.messageId ?? null)) {
        return { kind: 'end', state: 'notSent', reason: 'cancelled' };
      }
      const receivers = await loadPushReceivers(events, [...ids]);
      const language = await languageOf(config, projectId);
      return {
        kind: 'send',
        async send([delivery], now) {
          // Asked each time: whoever stops a message wants it to stop now.
          const asked = isCancelled(events, delivery?.messageId ?? null).catch(() => false);
          if (await asked) return IS_CANCELLED;
          const receiver = receivers.get(delivery?.subscriptionId ?? -1);
          if (!delivery || !receiver) return HAS_ENDED;
          const attempted = await send(delivery, receiver, language, now, options);
          return attempted.reason === 'gone' && (await hasMoved(events, receiver))
            ? moved(attempted)
            : attempted;
        },
      };
    },

    async settle(tx, settled) {
      await settlePushes(tx, settled);
      return [];
    },
  };
}

const IS_CANCELLED: Attempted = {
  outcome: 'notSent',
  reason: 'cancelled',
  status: null,
  error: 'The message was cancelled.',
  answer: '',
  durationMs: 0,
};

const HAS_ENDED: Attempted = {
  outcome: 'failed',
  reason: 'gone',
  status: null,
  error: 'The subscription has ended.',
  answer: '',
  durationMs: 0,
};

/** To be tried again: the lane is opened anew for it, and the new address looked up. */
function moved({ status, answer, durationMs }: Attempted): Attempted {
  const error = 'The browser has another address at its push service now.';
  return { outcome: 'retry', status, error, answer, durationMs };
}

/** Whether a browser that is gone from where it was called has told us of another address since it was looked up. */
async function hasMoved(events: BatchReader, { id, endpointHash }: PushReceiver): Promise<boolean> {
  try {
    const there = (await loadPushReceivers(events, [id])).get(id);
    return there !== undefined && there.endpointHash !== endpointHash;
  } catch {
    // Whoever settles looks again, and forgets only what was called.
    return false;
  }
}

async function send(
  delivery: Delivery,
  receiver: PushReceiver,
  language: Language,
  now: number,
  options: PushChannelOptions,
): Promise<PushAttempted> {
  let request: ReturnType<typeof pushRequest>;
  try {
    request = pushRequest(receiver, sendingOf(delivery, language, options), options);
  } catch (error) {
    const why = `The notification could not be encrypted: ${String(error)}`;
    return { outcome: 'failed', reason: 'refused', status: null, error: why, answer: '', durationMs: 0 };
  }
  const answer = await guardedRequest({
    url: receiver.endpoint,
    method: 'POST',
    ...request,
    timeoutMs: TIMEOUT_MS,
    maxAnswerBytes: 16 * ANSWER_BYTES,
    keepAnswerBytes: ANSWER_BYTES,
    allowPrivate: options.allowPrivateTargets,
  });
  return { ...outcomeOfPush(answer, now), calledHash: receiver.endpointHash };
}

/** @throws when the body is not what its kind says */
function sendingOf(
  { kind, body, eventId, projectId }: Delivery,
  language: Language,
  { publicUrl }: PushChannelOptions,
): PushSending {
  if (kind === 'endpoint-disabled') throw new Error(`there is no notification about ${kind}`);
  const ttlSeconds = TTL_SECONDS[kind];
  if (kind !== 'clicks') return { payload: body, ttlSeconds, topic: undefined };
  const notice = JSON.parse(body) as ThresholdNotice;
  return {
    payload: JSON.stringify(thresholdPayload(notice, eventId, language, publicUrl)),
    ttlSeconds,
    topic: eventIdOf('topic', projectId, notice.linkId),
  };
}

async function languageOf(config: BatchReader, projectId: number): Promise<Language> {
  const [row] = await config.all<{ language: string }>('select language from project where id = $1', [
    projectId,
  ]);
  return LANGUAGES.find((language) => language === row?.language) ?? LANGUAGES[0];
}
