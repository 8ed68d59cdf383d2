import { createHmac } from 'node:crypto';

/** The newest first. During the overlap of a rotation each of them signs, and a receiver needs to know one. */
export type Secrets = readonly [current: string, ...previous: string[]];

/**
 * What the Vivoldi signature signs. The original's documentation does not show it, so this is our reading of it
 * (contract 3.11), and the one place to change it.
 *
 * @param timestamp as it stands in the header, milliseconds
 */
export function signingString(timestamp: number, body: string): string {
  return `${timestamp}.${body}`;
}

/** `X-Vivoldi-Signature`. The key is the secret as it is printed, `whsec_` included. @param timestamp milliseconds */
export function vivoldiSignature(secrets: Secrets, timestamp: number, body: string): string {
  const signed = signingString(timestamp, body);
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(signed).digest('hex')}`,
  );
  return [`t=${timestamp}`, ...signatures, 'alg=hmac-sha256'].join(',');
}

/**
 * `webhook-signature` of Standard Webhooks. The key is what the secret says after `whsec_`, decoded from base64.
 *
 * @param timestamp seconds
 */
export function standardSignature(secrets: Secrets, id: string, timestamp: number, body: string): string {
  const signed = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`)
    .join(' ');
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}
