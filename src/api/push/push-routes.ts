import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { checkSubscription, LONGEST_PUSH_ENDPOINT } from '../../reactions/push/subscription-input.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import type { ApiContext } from '../api-context.ts';
import { pushGuard } from './push-guard.ts';
import { ReceiptBuffer } from './receipt-buffer.ts';

/** A subscription has some 500 bytes. */
const BODY_LIMIT_BYTES = 8 * 1024;
const SUBSCRIPTIONS_PER_MINUTE = 60;
/** A whole town may have one address at its telephone company, and get a message in the same minute. */
const RECEIPTS_PER_MINUTE = 6_000;

const endpoint = z.string().min(1).max(LONGEST_PUSH_ENDPOINT);
/** What else browsers say (`expirationTime`) is not needed. */
const subscription = z.object({
  endpoint,
  keys: z.object({ p256dh: z.string().max(200), auth: z.string().max(200) }),
});

/**
 * What the browsers of visitors ask of the short domain they are on, without a key. A subscription needs the token of a
 * page that somebody has visited, its change the endpoint it had, a receipt the id of a message that was received.
 */
export function registerPushRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const { reactions, invitations, pushServices } = context;
  const receipts = new ReceiptBuffer((together) => reactions.run('recordReceipts', together));
  const rarely = pushGuard(context, SUBSCRIPTIONS_PER_MINUTE);
  const often = pushGuard(context, RECEIPTS_PER_MINUTE);
  const options = { bodyLimit: BODY_LIMIT_BYTES };

  api.post(
    '/api/push/subscriptions',
    {
      ...options,
      onRequest: rarely,
      schema: {
        hide: true,
        body: z.object({ token: z.string().max(200), consent: z.boolean(), subscription }),
      },
    },
    async ({ body, headers }, reply) => {
      const invitation = invitations.open(body.token, Date.now());
      if (!invitation) throw Failure.invalidField('token', 'is not valid any more; open the link again');
      const answer = await reactions.run('subscribeVisitor', {
        ...invitation,
        consent: body.consent,
        subscription: checkSubscription(body.subscription, pushServices, 'subscription.'),
        language: chooseLanguage(headers['accept-language']),
      });
      return reply.header('Cache-Control', 'no-store').send(answer);
    },
  );

  api.post(
    '/api/push/subscriptions/change',
    { ...options, onRequest: rarely, schema: { hide: true, body: z.object({ endpoint, subscription }) } },
    async ({ body }, reply) => {
      await reactions.run('changeSubscription', {
        endpoint: body.endpoint,
        subscription: checkSubscription(body.subscription, pushServices, 'subscription.'),
      });
      // Whether anybody knew the old endpoint is not said.
      return reply.code(204).header('Cache-Control', 'no-store').send();
    },
  );

  api.post(
    '/api/push/receipts',
    {
      ...options,
      onRequest: often,
      schema: {
        hide: true,
        body: z.object({
          id: z.string().regex(/^[0-9a-f]{32}$/, 'is not an event id'),
          event: z.enum(['shown', 'clicked']),
        }),
      },
    },
    async ({ body }, reply) => {
      await receipts.add({ eventId: body.id, event: body.event });
      return reply.code(204).header('Cache-Control', 'no-store').send();
    },
  );
}
