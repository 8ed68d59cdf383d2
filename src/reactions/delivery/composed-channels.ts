import { createMailChannel } from '../mail/mail-channel.ts';
import { createPushChannel } from '../push/push-channel.ts';
import { pushContact } from '../push/push-contact.ts';
import { createWebhookChannel } from '../webhooks/webhook-channel.ts';
import type { Channel } from './channel.ts';
import type { DeliveryThreadData } from './thread-messages.ts';

/** Everything that can be sent. */
export function composeChannels({
  publicUrl,
  allowPrivateTargets,
  mail,
  mailFrom,
  vapid,
}: Pick<DeliveryThreadData, 'publicUrl' | 'allowPrivateTargets' | 'mail' | 'mailFrom' | 'vapid'>): Channel[] {
  return [
    createWebhookChannel({ allowPrivateTargets }),
    createMailChannel({ server: mail, from: mail?.from ?? '', publicUrl }),
    createPushChannel({ vapid, subject: pushContact(mailFrom, publicUrl), allowPrivateTargets, publicUrl }),
  ];
}
