import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { loadLinkNames } from '../../links/link-names.ts';
import { type LoggedDelivery, listDeliveries, loadDelivery } from '../../reactions/delivery-log.ts';
import { loadEndpoint } from '../../reactions/endpoint-overview.ts';
import { requireReplayable } from '../../reactions/webhooks/endpoint-status.ts';
import type { ApiContext } from '../api-context.ts';
import {
  delivery,
  deliveryPage,
  deliveryQuery,
  deliveryToApi,
  filterFromApi,
  loggedDelivery,
  loggedDeliveryToApi,
} from './delivery-schema.ts';
import { cursorOf, idBefore, idParameters, problems } from './schema.ts';

export function registerDeliveryRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const { read } = context.database;
  const querystring = z.object(deliveryQuery);

  api.get(
    '/deliveries',
    {
      config: { scope: 'webhooks:read' },
      schema: {
        operationId: 'listDeliveries',
        summary: 'List what was sent or is to be sent, by webhook, mail and push, newest first',
        tags: ['deliveries'],
        querystring,
        response: { 200: deliveryPage, ...problems(404, 422) },
      },
    },
    async (request) => pageOf(request.principal.projectId, request.query),
  );

  api.get(
    '/webhook-endpoints/:id/deliveries',
    {
      config: { scope: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List what was sent or is to be sent to a receiver, newest first',
        tags: ['webhooks', 'deliveries'],
        params: idParameters,
        querystring,
        response: { 200: deliveryPage, ...problems(404, 422) },
      },
    },
    async (request) => {
      const { projectId } = request.principal;
      const { id } = await loadEndpoint(read, projectId, request.params.id);
      return pageOf(projectId, request.query, id);
    },
  );

  api.get(
    '/deliveries/:id',
    {
      config: { scope: 'webhooks:read' },
      schema: {
        operationId: 'getDelivery',
        summary: 'Get a delivery by its event id, with its body and every attempt',
        tags: ['deliveries'],
        params: idParameters,
        response: { 200: loggedDelivery, ...problems(404) },
      },
    },
    async (request) =>
      loggedDeliveryToApi(await loadDelivery(read, request.principal.projectId, request.params.id)),
  );

  api.post(
    '/deliveries/:id/replay',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'replayDelivery',
        summary:
          'Send a delivery again, under the same event id; one that waits for its next try is brought forward',
        tags: ['deliveries'],
        params: idParameters,
        response: { 202: delivery.describe('It is on its way again'), ...problems(404, 409) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const { id: eventId } = request.params;
      await requireReceiver(await loadDelivery(read, projectId, eventId), projectId);
      await context.reactions.run('replayDeliveries', { projectId, eventId });
      reply.code(202);
      return deliveryToApi(await loadDelivery(read, projectId, eventId));
    },
  );

  /** A webhook can be tried while it is disabled, and so again. */
  async function requireReceiver({ channel, kind, endpointId }: LoggedDelivery, projectId: number) {
    if (channel !== 'webhook' || endpointId === null) return;
    const { status, disabledAt } = await loadEndpoint(read, projectId, endpointId);
    requireReplayable({ status, disabledAt: kind === 'test' ? null : disabledAt });
  }

  async function pageOf(
    projectId: number,
    { cursor, limit, linkId, ...filter }: z.infer<typeof querystring>,
    endpointId?: number,
  ): Promise<z.infer<typeof deliveryPage>> {
    const before = idBefore(cursor);
    const found = await listDeliveries(
      read,
      { projectId, endpointId, linkId: await numberOf(projectId, linkId), ...filterFromApi(filter) },
      { before, limit },
    );
    return {
      deliveries: found.deliveries.map(deliveryToApi),
      nextCursor: found.before === null ? null : cursorOf(found.before),
    };
  }

  async function numberOf(projectId: number, linkId: string | undefined): Promise<number | undefined> {
    if (linkId === undefined) return undefined;
    const [link] = await loadLinkNames(read, projectId, [linkId]);
    if (!link) throw Failure.notFound(`Link ${linkId}`);
    return link.id;
  }
}
