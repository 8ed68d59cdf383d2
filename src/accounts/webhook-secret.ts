import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

const WRITTEN = /^whsec_[A-Za-z0-9+/]{43}=$/;

/** Of one that comes from elsewhere: it signs as ours do, or not at all. */
export function webhookSecretProblem(secret: string): string | undefined {
  return WRITTEN.test(secret) ? undefined : 'must be whsec_ and 32 bytes in base64, as an export has it';
}

/**
 * What a webhook's receiver checks signatures with: `whsec_` and base64, the form of Standard Webhooks. Kept as it
 * is, because signing needs it; shown once.
 */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
