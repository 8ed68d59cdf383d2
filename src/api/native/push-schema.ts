import { z } from 'zod';
import { LONGEST_BODY, LONGEST_TITLE } from '../../reactions/push/messages/message-input.ts';
import type { ShownMessage } from '../../reactions/push/messages/message-list.ts';
import type { Subscriber } from '../../reactions/push/subscribers/subscriber-list.ts';
import { instant, iso, nextCursor, publicId } from './schema.ts';

export const newMessage = z
  .strictObject({
    title: z.string().min(1).max(LONGEST_TITLE).meta({ example: 'The summer sale begins' }),
    body: z
      .string()
      .max(LONGEST_BODY)
      .default('')
      .meta({ example: 'Everything at half the price until Sunday.' }),
    url: z
      .string()
      .meta({ description: 'http or https: opened by a tap', example: 'https://example.com/sale' }),
    imageUrl: z.string().nullable().optional(),
    to: z
      .union(
        [
          z.strictObject({ all: z.literal(true) }),
          z.strictObject({ groupId: publicId }),
          z.strictObject({ linkId: publicId }),
        ],
        'must be {"all":true}, or name a groupId or a linkId, and nothing else',
      )
      .meta({
        description:
          'Everybody; whoever has subscribed through a link that is in the group now or was then; or through the link. Each subscriber gets a message once',
      }),
    sendAt: instant
      .nullable()
      .optional()
      .meta({ description: 'Within a year; absent, null or an instant that has passed: now' }),
  })
  .meta({ id: 'NewPushMessage' });

const count = z.int().min(0);

export const message = z
  .object({
    id: publicId,
    title: z.string(),
    body: z.string(),
    url: z.string(),
    imageUrl: z.string().nullable(),
    to: z.object({
      all: z.boolean(),
      groupId: publicId.nullable(),
      linkId: publicId.nullable(),
    }),
    state: z.enum(['scheduled', 'sending', 'sent', 'cancelled']),
    sendAt: instant,
    createdAt: instant,
    finishedAt: instant.nullable().meta({ description: 'When the last was sent, or it was cancelled' }),
    recipients: count.nullable().meta({ description: 'Null until it is known to whom it goes' }),
    sent: count.meta({ description: 'Taken by their push services' }),
    failed: count,
    gone: count.meta({ description: 'Did not take notifications any more, and were removed' }),
    shown: count.meta({ description: 'As browsers report it' }),
    clicked: count.meta({ description: 'As browsers report it' }),
  })
  .meta({ id: 'PushMessage' });

export const messagePage = z
  .object({ messages: z.array(message), nextCursor })
  .meta({ id: 'PushMessagePage' });

export const subscriber = z
  .object({
    id: publicId,
    host: z.string().meta({ description: 'Of the push service' }),
    language: z.string().meta({ description: 'Of the page on which the visitor was asked' }),
    createdAt: instant,
  })
  .meta({ id: 'PushSubscriber' });

export const subscriberPage = z
  .object({
    total: count.meta({ description: 'On all pages' }),
    subscribers: z.array(subscriber),
    nextCursor,
  })
  .meta({ id: 'PushSubscriberPage' });

export function messageToApi(one: ShownMessage): z.infer<typeof message> {
  const { publicId: id, target, groupId, linkId, title, body, url, imageUrl, state } = one;
  const { recipients, sent, failed, gone, shown, clicked } = one;
  return {
    id,
    title,
    body,
    url,
    imageUrl,
    to: { all: target === 'all', groupId, linkId },
    state,
    sendAt: iso(one.dueAt),
    createdAt: iso(one.createdAt),
    finishedAt: iso(one.finishedAt),
    recipients,
    sent,
    failed,
    gone,
    shown,
    clicked,
  };
}

export function subscriberToApi({
  publicId: id,
  host,
  language,
  createdAt,
}: Subscriber): z.infer<typeof subscriber> {
  return { id, host, language, createdAt: iso(createdAt) };
}
