import { z } from 'zod';
import type { DeliveryFilter, LoggedAttempt, LoggedDelivery } from '../../reactions/delivery-log.ts';
import { instant, iso, listQuery, milliseconds, nextCursor, publicId } from './schema.ts';

const state = z.enum(['waiting', 'delivered', 'failed', 'notSent']).meta({
  description: '`failed`: tried and given up; `notSent`: never tried, `reason` says what is missing',
});
const channel = z.enum(['webhook', 'mail', 'push']);
const kind = z.enum(['clicks', 'test', 'endpoint-disabled', 'message']).meta({
  description:
    '`clicks`: a link has reached a threshold; `endpoint-disabled`: tells that a webhook is no longer called; `message`: to subscribers',
});

const attemptFields = {
  at: instant,
  durationMs: z.int(),
  status: z.int().nullable().meta({ description: 'HTTP (or SMTP) status; null: nobody answered' }),
  error: z.string().nullable().meta({ description: 'Why there was no answer, or why it does not count' }),
};

const attempt = z
  .object({
    number: z.int(),
    ...attemptFields,
    answer: z.string().meta({ description: 'The first 4 kB of it' }),
  })
  .meta({ id: 'DeliveryAttempt' });

export const delivery = z
  .object({
    eventId: z.string().meta({
      description: 'The same at every attempt, and in what the receiver gets',
      example: '7d5c0e2a9b1f4c63a8e0d2f45b6c7d81',
    }),
    channel,
    kind,
    state,
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it has failed or was not sent', example: 'gave-up' }),
    endpointId: publicId.nullable(),
    linkId: publicId.nullable(),
    groupId: publicId.nullable(),
    messageId: publicId.nullable(),
    attempts: z.int().meta({ description: 'Since it was made, or replayed' }),
    lastAttempt: z.object(attemptFields).nullable().meta({ description: 'Null: it has not been tried yet' }),
    createdAt: instant,
    dueAt: instant.nullable().meta({ description: 'When it is tried next, while it waits' }),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Delivery' });

export const loggedDelivery = delivery
  .extend({
    body: z.string().meta({
      description: 'Of a webhook the text as it is sent; of mail and push what they are made from',
    }),
    log: z.array(attempt).meta({ description: 'Every attempt, oldest first; of very many the last hundred' }),
  })
  .meta({ id: 'LoggedDelivery' });

export const deliveryPage = z
  .object({
    deliveries: z.array(delivery),
    nextCursor: nextCursor.meta({
      description:
        'Cursor of the next page; null on the last. With filters, a page may be short and not the last',
    }),
  })
  .meta({ id: 'DeliveryPage' });

export const deliveryQuery = {
  ...listQuery,
  state: state.optional(),
  channel: channel.optional(),
  kind: kind.optional(),
  linkId: publicId.optional(),
  since: instant.optional().meta({ description: 'RFC 3339: made at or after it' }),
};

type Query = { [K in 'state' | 'channel' | 'kind']?: DeliveryFilter[K] } & { since?: string | undefined };

export function filterFromApi({ state, channel, kind, since }: Query) {
  return { state, channel, kind, since: since === undefined ? undefined : milliseconds(since) };
}

export function deliveryToApi(one: LoggedDelivery): z.infer<typeof delivery> {
  return {
    eventId: one.eventId,
    channel: one.channel,
    kind: one.kind,
    state: one.state,
    reason: one.reason,
    endpointId: one.endpointId,
    linkId: one.linkId,
    groupId: one.groupId,
    messageId: one.messageId,
    attempts: one.attempts,
    lastAttempt: one.lastAttempt && { ...one.lastAttempt, at: iso(one.lastAttempt.at) },
    createdAt: iso(one.createdAt),
    dueAt: iso(one.dueAt),
    finishedAt: iso(one.finishedAt),
  };
}

export function loggedDeliveryToApi({
  body,
  log,
  ...one
}: LoggedDelivery & { readonly body: string; readonly log: readonly LoggedAttempt[] }): z.infer<
  typeof loggedDelivery
> {
  return {
    ...deliveryToApi(one),
    body,
    log: log.map((attempt) => ({ ...attempt, at: iso(attempt.at) })),
  };
}
