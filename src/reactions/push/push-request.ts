import webPush from 'web-push';
import type { PushReceiver } from './push-receiver.ts';
import type { VapidKeys } from './vapid-keys.ts';

export interface PushSending {
  /** JSON of a `PushPayload`. */
  readonly payload: string;
  /** How long the push service keeps it for a browser that is away. */
  readonly ttlSeconds: number;
  /** Of those with one topic only the newest is kept; 32 letters at most. */
  readonly topic: string | undefined;
}

export interface Sender {
  readonly vapid: VapidKeys;
  /** `mailto:` or https: whom a push service turns to in trouble. */
  readonly subject: string;
}

/**
 * The request that brings a message to a browser: encrypted for it alone (RFC 8291), signed for its push service
 * (RFC 8292).
 *
 * @throws when the receiver's keys are no keys
 */
export function pushRequest(
  { endpoint, p256dh, auth }: Pick<PushReceiver, 'endpoint' | 'p256dh' | 'auth'>,
  { payload, ttlSeconds, topic }: PushSending,
  { vapid, subject }: Sender,
): { headers: Record<string, string>; body: Buffer } {
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, {
    vapidDetails: { subject, ...vapid },
    contentEncoding: 'aes128gcm',
    TTL: ttlSeconds,
    urgency: 'normal',
    ...(topic === undefined ? {} : { topic }),
  });
  return {
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.toLowerCase() !== 'content-length')
        .map(([name, value]) => [name, String(value)]),
    ),
    body,
  };
}
