import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { ApiContext } from './api-context.ts';
import { registerAssociationRoutes } from './association/association-routes.ts';
import { registerBit2ConnectApi } from './bit2connect/bit2connect-api.ts';
import { registerControlRoutes } from './control-routes.ts';
import { registerFirebaseApi } from './firebase/firebase-api.ts';
import { refusalOfJson } from './forbidden-name.ts';
import { registerHealthRoutes } from './health-routes.ts';
import { registerMetricsRoutes } from './metrics-routes.ts';
import { registerNativeApi } from './native/native-api.ts';
import { registerNotificationPages } from './notification-pages/notification-page-routes.ts';
import { clientErrorCode, errorHandler, problem, sendProblem } from './problem.ts';
import { registerPushRoutes } from './push/push-routes.ts';
import { registerServiceWorker } from './push/service-worker-route.ts';
import { openQrPages } from './qr/open-qr-pages.ts';
import { validatorCompiler } from './schema-check.ts';
import { registerSdkApi } from './sdk/sdk-api.ts';
import { openStatisticsPages } from './statistics-pages/open-statistics-pages.ts';
import type { Surface } from './surface.ts';
import { answerUnreadable } from './unreadable-request.ts';
import { registerVivoldiApi } from './vivoldi/vivoldi-api.ts';

/** Takes what it can answer without the API; false hands the request on. */
export type FirstHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

const BODY_LIMIT_BYTES = 1024 * 1024;
/** What Node takes of a request's head: which code or id is too long to be one, each route says in its own words. */
const LONGEST_PARAMETER = 16 * 1024;

/**
 * The HTTP server: short links are answered by a plain handler in front (a third less CPU than a route), all else by
 * Fastify. The first path segment of every route becomes a reserved word, so that no link can hide behind one.
 */
export async function buildHttpServer(
  context: ApiContext,
  answerVisit: FirstHandler,
): Promise<FastifyInstance> {
  const surfaces = new Map<string, Surface>();
  const pages = await openStatisticsPages(context);
  const qrPages = openQrPages(context);
  const app = Fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    // Fastify's own lines would carry whole URLs, and with them keys in query strings.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // A path that cannot be decoded comes to no route and no error handler.
    frameworkErrors: (error, request, reply) => {
      const surface = [...surfaces.values()].find((one) => one.owns(request.url));
      if (surface) return surface.refuseUnreadable(request, reply);
      const status = error.statusCode ?? 400;
      sendProblem(
        reply,
        problem(status, clientErrorCode(error), 'The request cannot be read', error.message),
      );
    },
    clientErrorHandler: answerUnreadable,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    serverFactory: (handleApi) =>
      createServer(
        { keepAliveTimeout: 75_000, requestTimeout: 30_000, noDelay: true },
        (request, response) => {
          // A code and the word after it are no visit, and no route either.
          if (pages.handle(request, response)) meterPage(context, 'statistics-pages', response);
          else if (qrPages.handle(request, response)) meterPage(context, 'qr', response);
          else if (!answerVisit(request, response)) handleApi(request, response);
        },
      ),
  });
  app.addHook('onRoute', ({ url }) => context.reserved.add(url.split('/')[1] ?? ''));
  app.addHook('onResponse', async (request, reply) => {
    // How long somebody looked on is not how long an answer took.
    if (!String(reply.getHeader('content-type')).startsWith('text/event-stream')) {
      context.meter.answered(surfaceOf(request.url, surfaces), reply.statusCode, reply.elapsedTime);
    }
    const route = request.routeOptions.url ?? '(none)';
    request.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime },
      'answered',
    );
  });
  takeOnlyJson(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(errorHandler((error) => context.database.isUnavailable(error)));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(
      reply,
      problem(404, 'not-found', 'Not found', 'There is nothing at this path; /api/docs lists what there is.'),
    ),
  );
  registerHealthRoutes(app, context);
  registerMetricsRoutes(app, context);
  registerControlRoutes(app, context);
  registerServiceWorker(app, context);
  registerAssociationRoutes(app, context);
  registerPushRoutes(app, context);
  registerNotificationPages(app, context);
  await registerNativeApi(app, context);
  await registerSdkApi(app, context);
  surfaces.set('vivoldi', await registerVivoldiApi(app, context));
  surfaces.set('bit2connect', await registerBit2ConnectApi(app, context));
  surfaces.set('firebase', await registerFirebaseApi(app, context));
  return app;
}

function meterPage({ meter }: ApiContext, surface: string, response: ServerResponse): void {
  const startedAt = performance.now();
  response.once('finish', () => meter.answered(surface, response.statusCode, performance.now() - startedAt));
}

/** Whose request it was, as metrics name it; also when no route was found. */
function surfaceOf(url: string, surfaces: ReadonlyMap<string, Surface>): string {
  for (const [name, surface] of surfaces) if (surface.owns(url)) return name;
  return url.startsWith('/api/') ? 'native' : 'other';
}

/** Bodies are JSON. None at all is fine whatever `Content-Type` says: clients send the header with every DELETE. */
function takeOnlyJson(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (hasNoBody(request.headers)) delete request.headers['content-type'];
    done();
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, (error, value) => done(error && refusalOfJson(error, body), value));
  });
}

function hasNoBody(headers: IncomingHttpHeaders): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  return length === '0' && encoding === undefined;
}
