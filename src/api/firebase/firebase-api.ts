import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { keepScoped } from '../principal.ts';
import type { Surface } from '../surface.ts';
import { registerAttributionRoutes } from './attribution-routes.ts';
import { decodedBody } from './body-encoding.ts';
import { Callers } from './caller.ts';
import { errorHandler, GoogleError, refuse } from './google-error.ts';
import { registerLinkStatsRoutes } from './link-stats-routes.ts';
import { registerShortLinkRoutes } from './short-link-routes.ts';

const PREFIX = '/v1';

/** Pages may call, as they could call Google: all that a key allows comes from the key, and nothing from a cookie. */
const CORS = {
  origin: '*',
  methods: ['GET', 'POST'],
  exposedHeaders: ['Retry-After'],
  maxAge: 600,
  // Whatever asks without being a preflight is told the same.
  strictPreflight: false,
} satisfies FastifyCorsOptions;

/** The API of Firebase Dynamic Links under `/v1`: its clients change their host and their key, and nothing else. */
export async function registerFirebaseApi(app: FastifyInstance, context: ApiContext): Promise<Surface> {
  const callers = new Callers(context);
  await app.register(
    async (api) => {
      await api.register(cors, CORS);
      keepScoped(api);
      api.addHook('onRequest', async (request, reply) => {
        if (!request.is404) await callers.identify(request, reply);
      });
      api.addHook('preParsing', (request, _reply, body) =>
        decodedBody(request, body, request.routeOptions.bodyLimit),
      );
      api.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
      });
      api.setErrorHandler(errorHandler((error) => context.database.isUnavailable(error)));
      api.setNotFoundHandler((_request, reply) =>
        refuse(reply, new GoogleError('NOT_FOUND', 'There is no such method.')),
      );
      registerShortLinkRoutes(api, context);
      registerLinkStatsRoutes(api, context);
      registerAttributionRoutes(api, context);
    },
    { prefix: PREFIX },
  );
  return {
    owns: (url) => /^\/v1(?=[/?]|$)/.test(url),
    refuseUnreadable(_request, reply) {
      refuse(reply, new GoogleError('INVALID_ARGUMENT', 'The path of the request cannot be read.'));
    },
  };
}
