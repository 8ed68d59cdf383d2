import { createHmac, type KeyObject } from 'node:crypto';
import { networkOf } from '../../links/network.ts';
import type { AppIdentity } from '../app-identity.ts';

/** 132 bits, in 22 characters. */
const LENGTH = 22;

/**
 * What stands for the network somebody clicked from, or opens an app from; the address itself is not kept. Another one
 * in every project, so that nobody can be followed from one to the next.
 */
export function hashNetwork(secret: KeyObject, projectId: number, address: string): string {
  return keyedHash(secret, `network ${projectId} ${networkOf(address)}`);
}

/**
 * What stands for an app on a device, which has asked. All apps of a vendor may say the same device id, and each is told
 * of its own link.
 *
 * @param app null when nobody says which it is
 */
export function hashDevice(
  secret: KeyObject,
  projectId: number,
  deviceId: string,
  app: AppIdentity | null,
): string {
  if (app === null) return keyedHash(secret, `device ${projectId} ${deviceId}`);
  return keyedHash(secret, `app ${JSON.stringify([projectId, app.platform, app.identifier, deviceId])}`);
}

function keyedHash(secret: KeyObject, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url').slice(0, LENGTH);
}
