import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import type { Store } from '../db/open.ts';
import { DeliveryThread } from '../reactions/delivery/delivery-thread.ts';
import { ensureVapidKeys } from '../reactions/push/vapid-keys.ts';
import { PushInvitations } from '../visits/push-invitations.ts';
import type { Opening } from './opening.ts';
import type { Services } from './services.ts';

/** What is sent because of clicks, and what browsers subscribe with. */
export interface OpenReactions {
  readonly reactions: DeliveryThread;
  readonly vapidPublicKey: string;
  readonly invitations: PushInvitations;
}

export async function openReactions(
  { config, publicUrl, logger, disposals, fail }: Opening,
  { database, servesAlone }: Store,
  { endpoints }: Services,
): Promise<OpenReactions> {
  const vapid = await ensureVapidKeys(database);
  const reactions = new DeliveryThread({
    location: { dataDir: config.dataDir, database: config.database },
    servesAlone,
    publicUrl,
    allowPrivateTargets: config.allowPrivateTargets,
    mail: config.mailServer
      ? { ...config.mailServer, from: config.mailFrom ?? `switchyard@${new URL(publicUrl).hostname}` }
      : null,
    mailFrom: config.mailFrom,
    vapid,
    logDays: config.deliveryLogDays,
    onEffect: ({ endpointId, reason, calledAsOf }) => {
      database
        .transact('system', (tx) => endpoints.disable(tx, endpointId, reason, calledAsOf))
        .catch((error: unknown) => logger.error({ err: error }, 'a webhook endpoint could not be disabled'));
    },
    report: (event, details) => logger.warn({ event, ...details }, 'deliveries'),
    onThreadLost: fail,
  });
  disposals.add(() => reactions.close());

  const secret = await ensureInstanceSecret(database, 'push-invitation-secret-1');
  return {
    reactions,
    vapidPublicKey: vapid.publicKey,
    invitations: new PushInvitations(secret, vapid.publicKey),
  };
}
