import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ApiContext } from '../api-context.ts';
import { problems } from './schema.ts';
import { simulate } from './simulate.ts';
import { simulated, simulation } from './simulate-schema.ts';

export function registerSimulateRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.post(
    '/simulate',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'simulateVisit',
        summary: 'Where a described visitor would be sent, and why',
        description:
          'Decided by the very rules of visits, at any instant. Nothing is counted, no slot is taken, nothing is sent.',
        tags: ['links'],
        body: simulation,
        response: { 200: simulated, ...problems(404, 413, 415) },
      },
    },
    async (request) => await simulate(context, request.principal.projectId, request.body),
  );
}
