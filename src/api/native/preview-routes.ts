import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { linkPreview, linkPreviewToApi } from './preview-schema.ts';
import { idParameters, problems } from './schema.ts';

/** Longer than a page takes at most. */
const FETCH_PATIENCE_MS = 8_000;

export function registerPreviewRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/links/:id/preview',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'getLinkPreview',
        summary: 'How a link looks where it is shared, and what its page says of itself',
        tags: ['links'],
        params: idParameters,
        response: { 200: linkPreview, ...problems(404) },
      },
    },
    async (request) => {
      const found = await context.links.load(request.principal.projectId, request.params.id);
      return linkPreviewToApi(found, await context.previews.find(found.route.destination));
    },
  );

  api.post(
    '/links/:id/preview',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'fetchLinkPreview',
        summary: 'Read the page of a link anew, and see what was found or why nothing was',
        description:
          'Waits for the page for a few seconds; when it takes longer, `page.state` is `waiting` or `fetching`, and `GET` tells the rest. Each call reads the page again, so there is nothing an `Idempotency-Key` could save.',
        tags: ['links'],
        params: idParameters,
        response: { 200: linkPreview, ...problems(404, 409) },
      },
    },
    async (request) => {
      const found = await context.links.load(request.principal.projectId, request.params.id);
      if (!context.previews.fetches) {
        throw new Failure(
          'conflict',
          'This installation reads no pages (FETCH_PREVIEWS=off); give the link a title, description and picture of its own.',
        );
      }
      return linkPreviewToApi(
        found,
        await context.previews.renew(found.route.destination, FETCH_PATIENCE_MS),
      );
    },
  );
}
