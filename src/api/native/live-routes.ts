import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { allows } from '../../accounts/scope.ts';
import { NO_CLICKS_YET } from '../../clicks/live-batch.ts';
import type { Listening } from '../../clicks/live-clicks.ts';
import { countRecentMinutes } from '../../clicks/recent-minutes.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { presentedKey } from '../principal.ts';
import { problem, sendProblem } from '../problem.ts';
import { rowBeforeCursor } from './click-cursor.ts';
import { clickScopeOf, clickScopeQuery } from './click-scope.ts';
import { EventStream } from './event-stream.ts';
import { LiveConnection } from './live-connection.ts';
import { problemSchema, problems } from './schema.ts';

export function registerLiveRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const { live } = context;

  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/stats/live',
    {
      config: { scope: 'stats:read' },
      // There is no end that one could come to without reading.
      exposeHeadRoute: false,
      schema: {
        operationId: 'followClicks',
        summary: 'Clicks as they come in, as server-sent events',
        tags: ['statistics'],
        querystring: z.strictObject(clickScopeQuery),
        headers: z.object({
          'last-event-id': z
            .string()
            .max(200)
            .optional()
            .meta({ description: 'The last `id` that arrived: the stream goes on right after it' }),
        }),
        response: {
          200: {
            description:
              '`hello` with the last half hour by minute, then `clicks` at most once a second: how many, and the newest of them',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          429: {
            description: 'A hundred clients are listening already',
            content: { 'application/problem+json': { schema: problemSchema } },
          },
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const resumeAfter = rowBeforeCursor(request.headers['last-event-id'], 'headers.last-event-id');
      const scope = await clickScopeOf(context, projectId, request.query);
      const { timeZone } = await context.projects.load(projectId);
      if (live.full) return sendProblem(reply, TOO_MANY);

      const connection = new LiveConnection(() => isStillAllowed(context, request));
      const listening = await live.listen({
        scope,
        tell: (batch, until) => connection.tell(batch, until),
        end: () => connection.end(),
      });
      hangUpWith(request, connection, listening);
      try {
        const { from } = listening;
        const missed = resumeAfter === undefined ? undefined : await live.missed(scope, resumeAfter, from);
        const until = missed && resumeAfter !== undefined ? resumeAfter : from;
        const at = Date.now();
        const minutes = await countRecentMinutes(context.database, scope, until, at);
        const hello = { at, timeZone, minutes, resumed: missed !== undefined, until };
        reply.hijack();
        connection.greet(new EventStream(reply.raw), hello, missed ?? NO_CLICKS_YET, from);
      } catch (error) {
        listening.stop();
        throw error;
      }
      return reply;
    },
  );
}

const TOO_MANY = problem(
  429,
  'too-many-listeners',
  'Too many clients are listening',
  'Close a stream that is no longer looked at, or share one between those who look.',
);

function hangUpWith(request: FastifyRequest, connection: LiveConnection, { stop }: Listening): void {
  const { socket } = request.raw;
  const hangUp = () => {
    stop();
    connection.end();
  };
  if (socket.destroyed) hangUp();
  else socket.once('close', hangUp);
}

/** A key that has been revoked, or has expired, hears no more. That the store is away says nothing about it. */
async function isStillAllowed(context: ApiContext, request: FastifyRequest): Promise<boolean> {
  try {
    const { scopes } = await context.authenticate(presentedKey(request.headers));
    return allows(scopes, 'stats:read');
  } catch (error) {
    return !(error instanceof Failure);
  }
}
