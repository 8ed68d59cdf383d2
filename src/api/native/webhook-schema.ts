import { z } from 'zod';
import type { EndpointOverview } from '../../reactions/endpoint-overview.ts';
import { ENDPOINT_STATUSES } from '../../reactions/webhooks/endpoint-status.ts';
import { instant, iso, nextCursor, publicId } from './schema.ts';

/** The old secret signs as long as anybody takes to change a receiver over, and not for ever. */
const LONGEST_OVERLAP_HOURS = 168;

export const webhookEndpoint = z
  .object({
    id: publicId,
    group: z
      .object({ id: publicId, name: z.string() })
      .nullable()
      .meta({ description: 'Whose webhook it is; null: the project’s own' }),
    url: z.string().nullable(),
    metric: z.enum(['clicks', 'visitors']),
    frequency: z.int().meta({ description: 'Clicks (or visitors) between two calls' }),
    status: z.enum(ENDPOINT_STATUSES).meta({
      description: 'Whether it is called; anything but `active` says why not',
    }),
    paused: z.boolean().meta({ description: 'What is due waits' }),
    disabledAt: instant
      .nullable()
      .meta({ description: 'Since when Switchyard has stopped calling it; null while it does not' }),
    disabledReason: z.enum(['gone', 'failing']).nullable().meta({
      description: '`gone`: it answered 410; `failing`: it has taken nothing for days',
    }),
    waiting: z.int().meta({ description: 'Deliveries that are still to be made' }),
    dropped: z.int().meta({
      description: 'Events that were not kept: too many waited already, or the endpoint was disabled',
    }),
    failingSince: instant.nullable().meta({ description: 'First failure since the last success' }),
    previousSecretUntil: instant
      .nullable()
      .meta({ description: 'Until when secrets before the current one sign too, the last of them' }),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'WebhookEndpoint' });

export const webhookEndpointPage = z
  .object({ endpoints: z.array(webhookEndpoint), nextCursor })
  .meta({ id: 'WebhookEndpointPage' });

export const webhookEndpointPatch = z
  .strictObject({
    paused: z.boolean().optional(),
    disabled: z.literal(false).optional().meta({ description: 'Calls a disabled endpoint again' }),
  })
  .meta({ id: 'WebhookEndpointPatch', description: 'Absent fields are left alone' });

export const rotation = z
  .strictObject({
    overlapHours: z.int().min(0).max(LONGEST_OVERLAP_HOURS).default(24).meta({
      description:
        'So long the secret of now signs too; 0: it and all earlier ones are worth nothing from now on',
    }),
  })
  .meta({ id: 'WebhookSecretRotation' });

export const rotatedSecret = z
  .object({
    id: publicId,
    secret: z.string().nullable().meta({
      description: 'The new one, shown this once; null when a request is repeated',
    }),
    previousSecretUntil: instant.nullable(),
  })
  .meta({ id: 'RotatedWebhookSecret' });

export const replayOfFailed = z
  .strictObject({
    failedSince: instant.meta({
      description:
        'RFC 3339. What has failed at or after it is sent again; what waits for its next try goes out now whatever the instant',
    }),
  })
  .meta({ id: 'WebhookReplay' });

export const replayed = z
  .object({
    replayed: z.int().meta({
      description: 'Deliveries that are due now: those that failed, and those that waited for their next try',
    }),
    noRoom: z.int().meta({ description: 'Of those that failed: left alone, because too many wait already' }),
  })
  .meta({ id: 'WebhookReplayed' });

export function endpointToApi(one: EndpointOverview): z.infer<typeof webhookEndpoint> {
  return {
    id: one.publicId,
    group: one.group && { id: one.group.publicId, name: one.group.name },
    url: one.url,
    metric: one.metric,
    frequency: one.every,
    status: one.status,
    paused: one.paused,
    disabledAt: iso(one.disabledAt),
    disabledReason: one.disabledReason,
    waiting: one.waiting,
    dropped: one.dropped,
    failingSince: iso(one.failingSince),
    previousSecretUntil: iso(one.previousSecretUntil),
    version: one.version,
    createdAt: iso(one.createdAt),
    updatedAt: iso(one.updatedAt),
  };
}
