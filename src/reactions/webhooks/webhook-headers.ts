import { createHash } from 'node:crypto';
import { WEBHOOK_TYPES, type WebhookPayload } from '../thresholds/webhook-payload.ts';
import { type Secrets, standardSignature, vivoldiSignature } from './signature.ts';

export interface WebhookMessage {
  readonly eventId: string;
  /** Of this attempt alone: 32 hex digits. */
  readonly requestId: string;
  /** The bytes that are sent. */
  readonly body: string;
  readonly secrets: Secrets;
  /** Of this attempt, milliseconds. */
  readonly now: number;
}

/**
 * The headers of an attempt: those of Vivoldi (contract 3.11) and, beside them, those of Standard Webhooks, so that
 * receivers of either need nothing new.
 *
 * @throws when the body is not one of `webhookPayload`
 */
export function webhookHeaders({
  eventId,
  requestId,
  body,
  secrets,
  now,
}: WebhookMessage): Record<string, string> {
  const { webhookType, compIdx } = addressOf(body);
  const seconds = Math.floor(now / 1_000);
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Switchyard-Webhooks/1',
    'X-Vivoldi-Request-Id': requestId,
    'X-Vivoldi-Event-Id': eventId,
    'X-Vivoldi-Webhook-Type': webhookType,
    'X-Vivoldi-Resource-Type': 'URL',
    'X-Vivoldi-Action-Type': 'NONE',
    'X-Vivoldi-Comp-Idx': String(compIdx),
    'X-Vivoldi-Timestamp': String(now),
    'X-Content-SHA256': createHash('sha256').update(body).digest('hex'),
    'X-Vivoldi-Signature': vivoldiSignature(secrets, now, body),
    'webhook-id': eventId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': standardSignature(secrets, eventId, seconds, body),
  };
}

function addressOf(body: string): Pick<WebhookPayload, 'webhookType' | 'compIdx'> {
  const { webhookType, compIdx } = JSON.parse(body) as Partial<WebhookPayload>;
  const type = Object.values(WEBHOOK_TYPES).find((known) => known === webhookType);
  if (type === undefined || !Number.isSafeInteger(compIdx))
    throw new Error('the body is not that of a webhook');
  return { webhookType: type, compIdx: Number(compIdx) };
}
