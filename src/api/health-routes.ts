import type { FastifyInstance } from 'fastify';

export interface ReadinessCheck {
  readonly ok: boolean;
  /** In words, when there is something to say. */
  readonly detail?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Clicks that could not be recorded since this process started. */
  readonly lostClicks: number;
}

/** `GET /healthz`: the process serves. `GET /readyz`: it can also look up unknown links and record clicks. */
export function registerHealthRoutes(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  app.get('/healthz', { schema: { hide: true } }, async (_request, reply) => {
    return reply.header('Cache-Control', 'no-store').send({ status: 'ok' });
  });

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const { ready, checks, lostClicks } = await readiness();
    return reply
      .code(ready ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status: ready ? 'ready' : 'not ready', checks, lostClicks });
  });
}
