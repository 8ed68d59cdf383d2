import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/**
 * What a webhook's receiver checks signatures with: `whsec_` and base64, the form of Standard Webhooks. Kept as it
 * is, because signing needs it; shown once.
 */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
