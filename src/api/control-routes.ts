import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './api-context.ts';
import { commandLineOnly } from './control-token.ts';

/** What the command line on this machine asks a running server to do; nobody else can. */
export function registerControlRoutes(app: FastifyInstance, context: ApiContext): void {
  app.post<{ Querystring: { dryRun?: string } }>(
    '/api/control/statistics/rebuild',
    { schema: { hide: true }, onRequest: commandLineOnly(context, 'switchyard stats rebuild') },
    async (request, reply) => {
      const lines = new PassThrough();
      const say = (line: object) => lines.write(`${JSON.stringify(line)}\n`);
      context
        .rebuildStatistics(request.query.dryRun === 'true', (progress) => say({ progress }))
        .then(
          (report) => lines.end(`${JSON.stringify({ report })}\n`),
          (error: unknown) => {
            context.logger.error({ err: error }, 'statistics could not be rebuilt');
            lines.end(
              `${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`,
            );
          },
        );
      return reply.header('Cache-Control', 'no-store').type('application/x-ndjson').send(lines);
    },
  );
}
