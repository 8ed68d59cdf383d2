import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { keepScoped } from '../principal.ts';
import type { Surface } from '../surface.ts';
import { registerAttributionRoutes } from './attribution-routes.ts';
import { Callers } from './caller.ts';
import { errorHandler, GoogleError, refuse } from './google-error.ts';
import { registerLinkStatsRoutes } from './link-stats-routes.ts';
import { registerShortLinkRoutes } from './short-link-routes.ts';

const PREFIX = '/v1';

/** The API of Firebase Dynamic Links under `/v1`: its clients change their host and their key, and nothing else. */
export async function registerFirebaseApi(app: FastifyInstance, context: ApiContext): Promise<Surface> {
  const callers = new Callers(context);
  await app.register(
    async (api) => {
      keepScoped(api);
      api.addHook('onRequest', async (request, reply) => {
        if (!request.is404) await callers.identify(request, reply);
      });
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
