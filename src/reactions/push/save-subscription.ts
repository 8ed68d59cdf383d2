import type { BatchTransaction } from '../../db/batch-writer.ts';
import { newPublicId } from '../../db/public-id.ts';
import type { CheckedSubscription } from './subscription-input.ts';

export interface NewSubscription {
  readonly projectId: number;
  readonly audience: 'visitors' | 'people';
  readonly subscription: CheckedSubscription;
  readonly language?: string;
  readonly label?: string;
}

const COLUMNS = {
  public_id: 'text',
  project_id: 'bigint',
  audience: 'text',
  endpoint: 'text',
  endpoint_hash: 'text',
  p256dh: 'text',
  auth: 'text',
  language: 'text',
  label: 'text',
  created_at: 'bigint',
} as const;

/**
 * Keeps a browser's subscription, once for each project and audience: one that is there already gets the keys and the
 * label that it has now.
 *
 * @returns the public id it has if it is new
 */
export async function saveSubscription(
  tx: BatchTransaction,
  { projectId, audience, subscription, language = '', label = '' }: NewSubscription,
  now: number,
): Promise<string> {
  const publicId = newPublicId('sub');
  const { endpoint, endpointHash, p256dh, auth } = subscription;
  await tx.insertMany({
    table: 'push_subscription',
    columns: COLUMNS,
    rows: [[publicId, projectId, audience, endpoint, endpointHash, p256dh, auth, language, label, now]],
    onConflict: `on conflict (project_id, audience, endpoint_hash) do update set
      p256dh = excluded.p256dh, auth = excluded.auth, label = excluded.label`,
  });
  return publicId;
}
