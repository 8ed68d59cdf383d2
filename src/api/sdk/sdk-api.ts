import type { FastifyInstance } from 'fastify';
import { allows, type Scope } from '../../accounts/scope.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { keepScoped, presentedKey } from '../principal.ts';
import { problem, sendProblem } from '../problem.ts';
import { registerDeferredLinkRoute } from './deferred-link-route.ts';
import { registerDynamicLinkRoute } from './dynamic-link-route.ts';

/**
 * What Bit2Connect's SDK calls from inside apps. It stands under `/api/v1`, as our own API does, and is none of it: bodies
 * are bare, names are the SDK's, and absence is `null` with 200. Errors are problems, of which the SDK reads the status.
 */
export async function registerSdkApi(app: FastifyInstance, context: ApiContext): Promise<void> {
  await app.register(
    async (api) => {
      keepScoped(api);
      api.addHook('onRequest', async (request, reply) => {
        const principal = await context.authenticate(presentedKey(request.headers));
        const scope = request.routeOptions.config.scope as Scope;
        if (!allows(principal.scopes, scope))
          throw new Failure('forbidden', `The API key lacks the scope ${scope}`);
        request.principal = principal;
        reply.header('Cache-Control', 'no-store');
        const waitSeconds = context.publishableCalls.waitSeconds(request);
        if (waitSeconds === undefined) return;
        reply.header('Retry-After', waitSeconds);
        return sendProblem(
          reply,
          problem(
            429,
            'too-many-calls',
            'Too many calls',
            'This network has asked too often; wait a moment.',
          ),
        );
      });
      registerDeferredLinkRoute(api, context);
      registerDynamicLinkRoute(api, context);
    },
    { prefix: '/api/v1' },
  );
}
