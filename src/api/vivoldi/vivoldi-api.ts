import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { allows, type Scope } from '../../accounts/scope.ts';
import type { ApiContext } from '../api-context.ts';
import { keepScoped, presentedKey } from '../principal.ts';
import type { Surface } from '../surface.ts';
import { refuse } from './envelope.ts';
import { errorHandler } from './error-handler.ts';
import { registerGroupRoutes } from './group-routes.ts';
import { registerLinkListRoutes } from './link-list-routes.ts';
import { registerLinkRoutes } from './link-routes.ts';
import { Refusal } from './refusal.ts';
import { takeJsonAndForms } from './request-input.ts';
import { RequestLimit } from './request-limit.ts';
import { registerClicksByGroup, registerStatisticsRoutes } from './statistics-routes.ts';

const LINKS_PREFIX = '/api/link';
const GROUPS_PREFIX = '/api/link-group';
const STATISTICS_PREFIX = '/api/statistics';

/**
 * The documented samples call from a page, with a key and without cookies. `User-Agent` is among the documented
 * headers, and browsers that let a page set it ask for it.
 */
const CORS = {
  origin: '*',
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  allowedHeaders: ['Authorization', 'X-API-KEY', 'Content-Type', 'Accept-Language', 'User-Agent'],
  exposedHeaders: ['Retry-After'],
  maxAge: 600,
  // Whatever asks without being a preflight is told the same.
  strictPreflight: false,
} satisfies FastifyCorsOptions;

/**
 * The API of Vivoldi about links, link groups and their statistics: its client changes its base URL and its key, and
 * nothing else.
 */
export async function registerVivoldiApi(app: FastifyInstance, context: ApiContext): Promise<Surface> {
  const limit = new RequestLimit(context.vivoldiRateLimit);
  const answerError = errorHandler((error) => context.database.isUnavailable(error));
  const enter = async (api: FastifyInstance) => {
    await api.register(cors, CORS);
    takeJsonAndForms(api);
    keepScoped(api);
    api.addHook('onRequest', async (request, reply) => {
      // Where there is nothing, nobody needs a key to be told so.
      if (request.is404) return;
      const principal = await context.authenticate(presentedKey(request.headers));
      const scope = request.routeOptions.config.scope as Scope;
      if (!allows(principal.scopes, scope)) throw new Refusal({ kind: 'lacksScope', values: { scope } });
      const seconds = limit.take(principal.actor, Date.now());
      if (seconds !== undefined) {
        reply.header('Retry-After', seconds);
        throw new Refusal({ kind: 'tooManyRequests', values: { seconds } });
      }
      request.principal = principal;
    });
    api.setErrorHandler(answerError);
    api.setNotFoundHandler((request, reply) => refuse(request, reply, new Refusal({ kind: 'unknownPath' })));
  };
  await app.register(
    async (api) => {
      await enter(api);
      registerLinkRoutes(api, context);
      registerLinkListRoutes(api, context);
      registerClicksByGroup(api, context);
    },
    { prefix: LINKS_PREFIX },
  );
  await app.register(
    async (api) => {
      await enter(api);
      registerGroupRoutes(api, context);
    },
    { prefix: GROUPS_PREFIX },
  );
  await app.register(
    async (api) => {
      await enter(api);
      registerStatisticsRoutes(api, context);
    },
    { prefix: STATISTICS_PREFIX },
  );
  return {
    owns: (url) => /^\/api\/(?:link(?:-group)?|statistics)(?=[/?]|$)/.test(url),
    refuseUnreadable(request, reply) {
      // No hook comes here either, and a page shall be able to read it.
      reply.header('Access-Control-Allow-Origin', CORS.origin);
      refuse(request, reply, new Refusal({ kind: 'unreadablePath' }));
    },
  };
}
