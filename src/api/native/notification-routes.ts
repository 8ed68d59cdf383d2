import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { lineProblem } from '../../reactions/push/line-problem.ts';
import { listPeople, type PersonSubscription } from '../../reactions/push/people/person-subscription.ts';
import { checkSubscription, LONGEST_PUSH_ENDPOINT } from '../../reactions/push/subscription-input.ts';
import type { ApiContext } from '../api-context.ts';
import { idParameters, instant, iso, problems, publicId } from './schema.ts';

const LONGEST_LABEL = 100;

/** What `JSON.stringify(subscription)` gives in a browser, and a name for it. */
const newSubscription = z
  .strictObject({
    endpoint: z.string().min(1).max(LONGEST_PUSH_ENDPOINT).meta({
      description: 'URL at the push service of the browser',
      example: 'https://updates.push.example/wpush/v2/gAAAA',
    }),
    keys: z.strictObject({
      p256dh: z.string().max(100).meta({ description: 'Point of P-256, 65 bytes in base64url' }),
      auth: z.string().max(100).meta({ description: '16 bytes in base64url' }),
    }),
    expirationTime: z.number().nullable().optional().meta({ description: 'Not looked at' }),
    label: z
      .string()
      .max(LONGEST_LABEL)
      .default('')
      .meta({ description: 'What you call this browser', example: 'Minji, laptop' }),
  })
  .meta({ id: 'NewNotificationSubscription' });

const subscription = z
  .object({
    id: publicId,
    label: z.string(),
    host: z.string().meta({ description: 'Of the push service' }),
    endpointHash: z
      .string()
      .meta({ description: 'SHA-256 of the endpoint, hex, by which a browser knows itself' }),
    createdAt: instant,
  })
  .meta({ id: 'NotificationSubscription' });

const tried = z
  .object({ eventId: z.string().meta({ description: 'Of the delivery' }) })
  .meta({ id: 'NotificationTest' });

/** Browsers of the project's own people, which are told when a link reaches its threshold. */
export function registerNotificationRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/notification-subscriptions',
    {
      config: { scope: 'notifications:read' },
      schema: {
        operationId: 'listNotificationSubscriptions',
        summary: 'List the browsers that get notifications',
        tags: ['notifications'],
        response: {
          200: z
            .object({ subscriptions: z.array(subscription) })
            .meta({ id: 'NotificationSubscriptionList' }),
          ...problems(),
        },
      },
    },
    async (request) => {
      const people = await listPeople(context.database.read, request.principal.projectId);
      return { subscriptions: people.map(personToApi) };
    },
  );

  api.post(
    '/notification-subscriptions',
    {
      config: { scope: 'notifications:write' },
      schema: {
        operationId: 'createNotificationSubscription',
        summary: 'Add a browser, or renew its keys and label: there is one for each endpoint',
        tags: ['notifications'],
        body: newSubscription,
        response: {
          200: subscription.describe('It was there already'),
          201: subscription,
          ...problems(409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { label, ...offered } = request.body;
      const problem = lineProblem(label, { max: LONGEST_LABEL });
      if (problem) throw Failure.invalidField('label', problem);
      const { subscription, isNew } = await context.reactions.run('subscribePerson', {
        projectId: request.principal.projectId,
        subscription: checkSubscription(offered, context.pushServices),
        label,
      });
      reply.code(isNew ? 201 : 200);
      return personToApi(subscription);
    },
  );

  api.delete(
    '/notification-subscriptions/:id',
    {
      config: { scope: 'notifications:write' },
      schema: {
        operationId: 'deleteNotificationSubscription',
        summary: 'Send no more notifications to a browser',
        tags: ['notifications'],
        params: idParameters,
        response: { 204: z.undefined().meta({ description: 'Removed' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      await context.reactions.run('unsubscribePerson', { projectId, publicId: request.params.id });
      reply.code(204);
    },
  );

  api.post(
    '/notification-subscriptions/:id/test',
    {
      config: { scope: 'notifications:write' },
      schema: {
        operationId: 'testNotificationSubscription',
        summary: 'Send a notification to one browser, to see that it arrives',
        tags: ['notifications'],
        params: idParameters,
        response: { 202: tried.describe('It is on its way'), ...problems(404) },
      },
    },
    async (request, reply) => {
      reply.code(202);
      return await context.reactions.run('tryPerson', {
        projectId: request.principal.projectId,
        publicId: request.params.id,
        publicUrl: publicUrlOf(context),
      });
    },
  );
}

/** Origin of the installation. */
function publicUrlOf({ domains }: ApiContext): string {
  return new URL(domains.shortUrl(domains.default.id, '')).origin;
}

function personToApi(one: PersonSubscription): z.infer<typeof subscription> {
  return {
    id: one.publicId,
    label: one.label,
    host: one.host,
    endpointHash: one.endpointHash,
    createdAt: iso(one.createdAt),
  };
}
