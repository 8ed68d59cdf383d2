import { createHash, ECDH } from 'node:crypto';
import { Failure, type FieldProblem } from '../../errors.ts';
import { type PushServices, pushServiceProblem } from './push-services.ts';

/** What `PushSubscription.toJSON()` gives a page; what else it says is not looked at. */
export interface OfferedSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A subscription that can be written to, as it is stored. */
export interface CheckedSubscription {
  readonly endpoint: string;
  /** SHA-256, hex. */
  readonly endpointHash: string;
  /** Base64url without padding, as `auth` is. */
  readonly p256dh: string;
  readonly auth: string;
}

/** Those of the browser makers have some 200 characters. */
export const LONGEST_PUSH_ENDPOINT = 2_048;
/** An uncompressed point of P-256 and 16 bytes (RFC 8291, section 3.1 and 3.2). */
const POINT_BYTES = 65;
const AUTH_BYTES = 16;

/**
 * Takes what a browser says of its subscription. Whoever sends it may send anything: the endpoint will be called, and
 * the keys will be calculated with.
 *
 * @param services those that are taken
 * @param path of the subscription in the caller's input, such as `subscription.`
 * @throws Failure `invalid`
 */
export function checkSubscription(
  { endpoint, keys }: OfferedSubscription,
  services: PushServices,
  path = '',
): CheckedSubscription {
  const problems: FieldProblem[] = [];
  const refuse = (field: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ field: path + field, message });
  };
  const p256dh = bytesOf(keys.p256dh, POINT_BYTES);
  const auth = bytesOf(keys.auth, AUTH_BYTES);
  refuse('endpoint', endpointProblem(endpoint, services));
  if (!p256dh || !isPoint(p256dh)) refuse('keys.p256dh', 'must be a point of P-256: 65 bytes in base64url');
  if (!auth) refuse('keys.auth', 'must be 16 bytes in base64url');
  if (problems.length > 0 || !p256dh || !auth) throw Failure.invalid(problems);
  return {
    endpoint,
    endpointHash: endpointHash(endpoint),
    p256dh: p256dh.toString('base64url'),
    auth: auth.toString('base64url'),
  };
}

function endpointProblem(endpoint: string, services: PushServices): string | undefined {
  if (endpoint.length > LONGEST_PUSH_ENDPOINT) return `must have at most ${LONGEST_PUSH_ENDPOINT} characters`;
  if (!/^[\x21-\x7e]+$/.test(endpoint)) return 'must be a URL in plain ASCII';
  return pushServiceProblem(endpoint, services);
}

/** What a subscription is looked up by: endpoints are too long for an index. */
export function endpointHash(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('hex');
}

/** Undefined unless it is base64url, with or without padding, of exactly so many bytes. */
function bytesOf(text: string, length: number): Buffer | undefined {
  if (!/^[\w-]{1,100}={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length ? bytes : undefined;
}

function isPoint(bytes: Buffer): boolean {
  try {
    return ECDH.convertKey(bytes, 'prime256v1').length === POINT_BYTES;
  } catch {
    return false;
  }
}
