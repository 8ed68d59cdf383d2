import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { eventIdOf } from '../../reactions/delivery/delivery.ts';
import { loadDelivery } from '../../reactions/delivery-log.ts';
import { type EndpointOverview, listEndpoints, loadEndpoint } from '../../reactions/endpoint-overview.ts';
import { sampleClickEvent } from '../../reactions/thresholds/webhook-payload.ts';
import { requireReplayable } from '../../reactions/webhooks/endpoint-status.ts';
import type { ApiContext } from '../api-context.ts';
import { delivery, deliveryToApi } from './delivery-schema.ts';
import {
  etag,
  expectedVersion,
  idBefore,
  idempotencyHeader,
  idParameters,
  ifMatchHeader,
  iso,
  listQuery,
  milliseconds,
  page,
  problems,
} from './schema.ts';
import {
  endpointToApi,
  replayed,
  replayOfFailed,
  rotatedSecret,
  rotation,
  webhookEndpoint,
  webhookEndpointPage,
  webhookEndpointPatch,
} from './webhook-schema.ts';
import { post } from './write.ts';

const HOUR_MS = 3_600_000;

export function registerWebhookRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const { read } = context.database;

  api.get(
    '/webhook-endpoints',
    {
      config: { scope: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'List the receivers of webhooks, newest first',
        tags: ['webhooks'],
        querystring: z.object(listQuery),
        response: { 200: webhookEndpointPage, ...problems(422) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const { projectId } = request.principal;
      const rows = await listEndpoints(read, { projectId, before: idBefore(cursor), limit: limit + 1 });
      const { items, nextCursor } = page(rows, limit);
      return { endpoints: items.map(endpointToApi), nextCursor };
    },
  );

  api.get(
    '/webhook-endpoints/:id',
    {
      config: { scope: 'webhooks:read' },
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'Get the receiver of a webhook, and how it does',
        tags: ['webhooks'],
        params: idParameters,
        response: { 200: webhookEndpoint, ...problems(404) },
      },
    },
    async (request, reply) => {
      const found = await loadEndpoint(read, request.principal.projectId, request.params.id);
      reply.header('ETag', etag(found.version));
      return endpointToApi(found);
    },
  );

  api.patch(
    '/webhook-endpoints/:id',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'updateWebhookEndpoint',
        summary: 'Pause a receiver, go on with it, or call a disabled one again',
        tags: ['webhooks'],
        params: idParameters,
        headers: ifMatchHeader,
        body: webhookEndpointPatch,
        response: { 200: webhookEndpoint, ...problems(404, 412, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const { id } = request.params;
      const version = expectedVersion(request.headers['if-match']);
      const updated = await context.database.transact(actor, (tx) =>
        context.endpoints.update(tx, projectId, id, request.body, version),
      );
      reply.header('ETag', etag(updated.version));
      return endpointToApi({ ...(await loadEndpoint(read, projectId, id)), version: updated.version });
    },
  );

  api.post(
    '/webhook-endpoints/:id/rotate-secret',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Give a receiver a new secret; for a while the old ones sign too',
        tags: ['webhooks'],
        params: idParameters,
        headers: idempotencyHeader,
        body: rotation,
        response: { 200: rotatedSecret, ...problems(404, 409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const overlapMs = request.body.overlapHours * HOUR_MS;
      return post<z.infer<typeof rotatedSecret>>(context, request, reply, async (tx) => {
        const rotated = await context.endpoints.rotateSecret(tx, projectId, request.params.id, overlapMs);
        const { publicId, previousSecretUntil } = rotated.endpoint;
        const body = { id: publicId, previousSecretUntil: iso(previousSecretUntil) };
        return {
          status: 200,
          body: { ...body, secret: rotated.secret },
          repeated: { ...body, secret: null },
        };
      });
    },
  );

  api.post(
    '/webhook-endpoints/:id/test',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'testWebhookEndpoint',
        summary: 'Send a receiver an event that has not happened; also while it is paused or disabled',
        tags: ['webhooks'],
        params: idParameters,
        headers: idempotencyHeader,
        response: { 202: delivery.describe('It is on its way'), ...problems(404, 409) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const endpoint = await loadEndpoint(read, projectId, request.params.id);
      requireTestable(endpoint);
      const key = request.headers['idempotency-key'];
      const event = await testEventOf(endpoint, key ?? randomUUID());
      const { isRepetition } = await context.reactions.run('enqueueTest', { endpointId: endpoint.id, event });
      if (isRepetition) reply.header('Idempotency-Replayed', 'true');
      reply.code(202);
      return deliveryToApi(await loadDelivery(read, projectId, event.eventId));
    },
  );

  api.post(
    '/webhook-endpoints/:id/replay',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'replayWebhookDeliveries',
        summary:
          'Send a receiver again what it has not taken since an instant, and now what waits for its next try',
        tags: ['webhooks'],
        params: idParameters,
        body: replayOfFailed,
        response: { 200: replayed, ...problems(404, 409, 413, 415) },
      },
    },
    async (request) => {
      const { projectId } = request.principal;
      const endpoint = await loadEndpoint(read, projectId, request.params.id);
      requireReplayable(endpoint);
      return await context.reactions.run('replayDeliveries', {
        projectId,
        endpointId: endpoint.id,
        failedSince: milliseconds(request.body.failedSince),
      });
    },
  );

  /** @param key the same for the same test */
  async function testEventOf(endpoint: EndpointOverview, key: string) {
    const { id, publicId, timeZone } = await context.projects.load(endpoint.projectId);
    const { domains } = context;
    return sampleClickEvent({
      eventId: eventIdOf('test', endpoint.publicId, key),
      at: Date.now(),
      project: { id, publicId, timeZone },
      endpointOf: endpoint.group ? 'group' : 'project',
      metric: endpoint.metric,
      every: endpoint.every,
      group: endpoint.group,
      publicUrl: domains.shortUrl(domains.default.id, ''),
    });
  }
}

/** @throws Failure `webhooks-off`, `conflict` */
function requireTestable({ status }: EndpointOverview): void {
  if (status === 'webhooks-off')
    throw new Failure(
      'webhooks-off',
      'Webhooks are switched off for the whole project; switch them on there first',
    );
  if (status === 'no-receiver')
    throw new Failure('conflict', 'The endpoint has no URL to send a test to; set one first');
}
