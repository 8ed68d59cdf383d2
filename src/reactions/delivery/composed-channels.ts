import { createMailChannel } from '../mail/mail-channel.ts';
import { createPushChannel } from '../push/push-channel.ts';
import { createWebhookChannel } from '../webhooks/webhook-channel.ts';
import type { Channel } from './channel.ts';
import type { DeliveryThreadData } from './thread-messages.ts';

/** Everything that can be sent. */
export function composeChannels({
  publicUrl,
  allowPrivateTargets,
  mail,
  vapid,
}: Pick<DeliveryThreadData, 'publicUrl' | 'allowPrivateTargets' | 'mail' | 'vapid'>): Channel[] {
  return [
    createWebhookChannel({ allowPrivateTargets }),
    createMailChannel({ server: mail, from: mail?.from ?? '', publicUrl }),
    createPushChannel({ vapid, subject: contactOf(publicUrl), allowPrivateTargets, publicUrl }),
  ];
}

/** Whom a push service turns to when we trouble it (RFC 8292, section 2.1): https or a mail address. */
function contactOf(publicUrl: string): string {
  const { protocol, origin, hostname } = new URL(publicUrl);
  return protocol === 'https:' ? origin : `mailto:postmaster@${hostname}`;
}
