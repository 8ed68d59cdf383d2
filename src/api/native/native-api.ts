import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { allows, type Scope } from '../../accounts/scope.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { keepScoped, presentedKey } from '../principal.ts';
import { registerAppRoutes } from './app-routes.ts';
import { sayWhatToSend } from './body-refusal.ts';
import { registerChangeRoutes } from './change-routes.ts';
import { registerClickRoutes } from './click-routes.ts';
import { registerDeliveryRoutes } from './delivery-routes.ts';
import { registerDomainRoutes } from './domain-routes.ts';
import { registerGroupRoutes } from './group-routes.ts';
import { registerKeyRoutes } from './key-routes.ts';
import { registerLinkRoutes } from './link-routes.ts';
import { registerLiveRoutes } from './live-routes.ts';
import { registerNotificationRoutes } from './notification-routes.ts';
import { describeAnswers, OPENAPI } from './openapi-document.ts';
import { registerPreviewRoutes } from './preview-routes.ts';
import { registerProjectRoutes } from './project-routes.ts';
import { registerPushRoutes } from './push-routes.ts';
import { registerQrRoutes } from './qr-routes.ts';
import { registerSimulateRoutes } from './simulate-routes.ts';
import { registerStatisticsRoutes } from './statistics-routes.ts';
import { tidyComponents } from './tidy-components.ts';
import { registerTransferRoutes } from './transfer-routes.ts';
import { registerWebhookRoutes } from './webhook-routes.ts';

/** Our own API under `/api/v1`, its OpenAPI document and its reference page. */
export async function registerNativeApi(app: FastifyInstance, context: ApiContext): Promise<void> {
  await app.register(swagger, {
    openapi: OPENAPI,
    transform: jsonSchemaTransform,
    transformObject: (parts) => describeAnswers(tidyComponents(jsonSchemaTransformObject(parts))),
  });
  await app.register(swaggerUi, { routePrefix: '/api/docs', uiConfig: { docExpansion: 'list' } });
  app.get('/api/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    return reply.header('Cache-Control', 'no-cache').send(app.swagger());
  });
  await app.register(async (api) => registerKeyedRoutes(api, context), { prefix: '/api/v1' });
}

const KEY_WANTED = 'An API key is required: send it as "Authorization: Bearer sy_…".';

/** Access is decided by where a route is registered: whatever stands in here needs a key, and says which scope. */
async function registerKeyedRoutes(api: FastifyInstance, context: ApiContext): Promise<void> {
  keepScoped(api);
  sayWhatToSend(api);
  api.addHook('onRequest', async (request) => {
    const key = presentedKey(request.headers);
    if (key === undefined) throw new Failure('unauthenticated', KEY_WANTED);
    const principal = await context.authenticate(key);
    const scope = request.routeOptions.config.scope as Scope;
    if (!allows(principal.scopes, scope))
      throw new Failure('forbidden', `The API key lacks the scope ${scope}`);
    request.principal = principal;
  });
  api.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  });
  registerProjectRoutes(api, context);
  registerDomainRoutes(api, context);
  registerLinkRoutes(api, context);
  registerPreviewRoutes(api, context);
  registerSimulateRoutes(api, context);
  registerGroupRoutes(api, context);
  registerAppRoutes(api, context);
  registerKeyRoutes(api, context);
  registerChangeRoutes(api, context);
  registerStatisticsRoutes(api, context);
  registerLiveRoutes(api, context);
  registerClickRoutes(api, context);
  registerWebhookRoutes(api, context);
  registerDeliveryRoutes(api, context);
  registerNotificationRoutes(api, context);
  registerPushRoutes(api, context);
  registerTransferRoutes(api, context);
  registerQrRoutes(api, context);
}
