import type { FastifyInstance } from 'fastify';
import type { HealthCheck } from '../observability/health-report.ts';
import type { ApiContext } from './api-context.ts';
import { commandLineOnly } from './control-token.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Clicks that could not be recorded since this process started. */
  readonly lostClicks: number;
}

/**
 * `GET /healthz`: the process serves. `GET /readyz`: it can also look up unknown links and record clicks.
 * `GET /readyz/report`: all it knows of its health, for the command line on its machine.
 */
export function registerHealthRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) => {
    return reply.header('Cache-Control', 'no-store').send({ status: 'ok' });
  });

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const { ready, checks, lostClicks } = await context.readiness();
    return reply
      .code(ready ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status: ready ? 'ready' : 'not ready', checks, lostClicks });
  });

  const onRequest = commandLineOnly(context, 'switchyard doctor');
  app.get('/readyz/report', { schema: { hide: true }, onRequest }, async (_request, reply) => {
    return reply.header('Cache-Control', 'no-store').send(await context.reportHealth());
  });
}
