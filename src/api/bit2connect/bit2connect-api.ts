import type { FastifyInstance } from 'fastify';
import { allows, type Scope } from '../../accounts/scope.ts';
import type { ApiContext } from '../api-context.ts';
import { keepScoped } from '../principal.ts';
import type { Surface } from '../surface.ts';
import { Admission } from './admission.ts';
import { registerAppRoutes } from './app-routes.ts';
import { registerCodeRoutes } from './code-routes.ts';
import { registerDeferredRoutes } from './deferred-routes.ts';
import { errorHandler, refuse } from './error-handler.ts';
import { registerLinkRoutes } from './link-routes.ts';
import { registerLinkStatusRoutes } from './link-status-routes.ts';
import { Refusal } from './refusal.ts';

const PREFIX = '/1.0';

/** The API of Bit2Connect under `/1.0`: its client changes its base URL and its key, and nothing else. */
export async function registerBit2ConnectApi(app: FastifyInstance, context: ApiContext): Promise<Surface> {
  const admission = new Admission(context);
  const answerError = errorHandler((error) => context.database.isUnavailable(error));
  await app.register(
    async (api) => {
      keepScoped(api);
      api.addHook('onRequest', async (request, reply) => {
        const caller = await admission.admit(request, reply);
        // Where there is nothing, nobody needs a key to be told so.
        if (request.is404) return;
        if (!caller.principal) throw caller.error;
        const scope = request.routeOptions.config.scope as Scope;
        if (!allows(caller.principal.scopes, scope)) throw lacking(scope);
        request.principal = caller.principal;
      });
      api.setErrorHandler(answerError);
      api.setNotFoundHandler((_request, reply) => refuse(reply, new Refusal('NOT_FOUND')));
      registerLinkRoutes(api, context);
      registerLinkStatusRoutes(api, context);
      registerCodeRoutes(api, context);
      registerAppRoutes(api, context);
      registerDeferredRoutes(api, context);
    },
    { prefix: PREFIX },
  );
  return {
    owns: (url) => /^\/1\.0(?=[/?]|$)/.test(url),
    async refuseUnreadable(request, reply) {
      const refusal = await admission.admit(request, reply).then(
        () => new Refusal('BAD_REQUEST', { message: 'The path of the request cannot be read' }),
        (overLimit: Refusal) => overLimit,
      );
      refuse(reply, refusal);
    },
  };
}

function lacking(scope: Scope): Refusal {
  const problem = { field: 'X-API-KEY', message: `lacks the scope ${scope}` };
  return new Refusal('INSUFFICIENT_PERMISSIONS', { problems: [problem] });
}
