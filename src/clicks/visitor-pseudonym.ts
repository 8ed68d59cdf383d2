import { createHmac, createSecretKey } from 'node:crypto';

/**
 * What a project is told instead of the hash of a visitor: the same for the same visitor, so that files of clicks can
 * be joined, and another in every other project and installation. It begins with letters, because spreadsheets take
 * sixteen digits for a number and round it.
 *
 * @param secret hex
 */
export function visitorPseudonyms(secret: string, projectId: number): (visitor: string) => string {
  const ofProject = createHmac('sha256', Buffer.from(secret, 'hex')).update(`project ${projectId}`).digest();
  const key = createSecretKey(ofProject);
  return (visitor) => `v_${createHmac('sha256', key).update(visitor).digest('hex').slice(0, 16)}`;
}
