import { createECDH, randomBytes } from 'node:crypto';
import type { OfferedSubscription } from '../../src/reactions/push/subscription-input.ts';
import { type Answer, type Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

let visitors = 0;

/** Addresses of their own, because there is a limit for each. */
export function newAddress(): { 'x-forwarded-for': string } {
  visitors++;
  return { 'x-forwarded-for': `198.51.${visitors >> 8}.${visitors & 255}` };
}

/** As a browser would subscribe at some push service. */
export function newSubscription(service = 'https://push.example'): OfferedSubscription {
  return {
    endpoint: `${service}/${randomBytes(8).toString('hex')}`,
    keys: {
      p256dh: createECDH('prime256v1').generateKeys().toString('base64url'),
      auth: randomBytes(16).toString('base64url'),
    },
  };
}

export function tokenIn({ text }: Answer): string {
  return /data-token="([\w-]+)"/.exec(text)?.[1] ?? '';
}

/** What pages and service workers of the short domain send. */
export function postAsBrowser(
  api: Api,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return api.send('POST', `/api/push/${path}`, typeof body === 'string' ? body : JSON.stringify(body), {
    host: PUBLIC_HOST,
    'user-agent': PERSON,
    'content-type': 'application/json',
    ...newAddress(),
    ...headers,
  });
}

/** Visits a link that asks for notifications, and answers for the visitor. */
export async function subscribeThrough(
  api: Api,
  { code }: Json,
  { endpoint, keys }: OfferedSubscription = newSubscription(),
  consent = true,
): Promise<Answer> {
  const token = tokenIn(await api.visit(`/${code}`, newAddress()));
  return await postAsBrowser(api, 'subscriptions', { token, consent, subscription: { endpoint, keys } });
}
