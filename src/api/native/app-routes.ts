import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiContext } from '../api-context.ts';
import { app, appIdParameters, appPage, appPatch, appToApi, newApp, platform } from './app-schema.ts';
import {
  etag,
  expectedVersion,
  idBefore,
  idempotencyHeader,
  ifMatchHeader,
  listQuery,
  page,
  problems,
} from './schema.ts';
import { post } from './write.ts';

export function registerAppRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.post(
    '/apps',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'createApp',
        summary: 'Save a mobile app for links to name',
        tags: ['apps'],
        headers: idempotencyHeader,
        body: newApp,
        response: { 201: app, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) =>
      post(context, request, reply, async (tx) => {
        const created = await context.apps.create(tx, request.principal.projectId, request.body);
        reply.header('ETag', etag(created.version));
        return { status: 201, body: appToApi(created) };
      }),
  );

  api.get(
    '/apps',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'listApps',
        summary: 'List saved apps, newest first',
        tags: ['apps'],
        querystring: z.object({ ...listQuery, platform: platform.optional() }),
        response: { 200: appPage, ...problems(422) },
      },
    },
    async (request) => {
      const { cursor, limit, platform: wanted } = request.query;
      const before = idBefore(cursor);
      const rows = await context.apps.list({
        projectId: request.principal.projectId,
        limit: limit + 1,
        ...(wanted === undefined ? {} : { platform: wanted }),
        ...(before === undefined ? {} : { before }),
      });
      const { items, nextCursor } = page(rows, limit);
      return { apps: items.map(appToApi), nextCursor };
    },
  );

  api.get(
    '/apps/:id',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'getApp',
        summary: 'Get a saved app',
        tags: ['apps'],
        params: appIdParameters,
        response: { 200: app, ...problems(404) },
      },
    },
    async (request, reply) => {
      const found = await context.apps.load(request.principal.projectId, request.params.id);
      reply.header('ETag', etag(found.version));
      return appToApi(found);
    },
  );

  api.patch(
    '/apps/:id',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'updateApp',
        summary: 'Change a saved app; every link that names it follows',
        tags: ['apps'],
        params: appIdParameters,
        headers: ifMatchHeader,
        body: appPatch,
        response: { 200: app, ...problems(404, 412, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      const updated = await context.database.transact(actor, (tx) =>
        context.apps.update(tx, projectId, request.params.id, request.body, version),
      );
      reply.header('ETag', etag(updated.version));
      return appToApi(updated);
    },
  );

  api.delete(
    '/apps/:id',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'deleteApp',
        summary: 'Delete a saved app; links that name it stay and lead to the web on its platform',
        tags: ['apps'],
        params: appIdParameters,
        headers: ifMatchHeader,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), ...problems(404, 412) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      await context.database.transact(actor, (tx) =>
        context.apps.delete(tx, projectId, request.params.id, version),
      );
      reply.code(204);
    },
  );
}
