import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './api-context.ts';
import { bearerOf } from './metrics-routes.ts';
import { problem, sendProblem } from './problem.ts';

/** What the command line on this machine asks a running server to do; nobody else can. */
export function registerControlRoutes(app: FastifyInstance, context: ApiContext): void {
  app.post<{ Querystring: { dryRun?: string } }>(
    '/api/control/statistics/rebuild',
    { schema: { hide: true } },
    async (request, reply) => {
      const token = bearerOf(request.headers.authorization);
      if (token === undefined || !context.isControlToken(token)) {
        return sendProblem(
          reply,
          problem(
            403,
            'forbidden',
            'This is for the command line',
            'Run "switchyard stats rebuild" on the machine of the server, with the same DATA_DIR.',
          ),
        );
      }
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
