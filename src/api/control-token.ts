import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiContext } from './api-context.ts';
import { bearerOf } from './metrics-routes.ts';
import { problem, sendProblem } from './problem.ts';

/**
 * A hook for what the command line on this machine alone may ask: whoever can read the data folder has its token.
 *
 * @param command that asks it, for whoever came here by hand
 */
export function commandLineOnly(context: ApiContext, command: string) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const token = bearerOf(request.headers.authorization);
    if (token !== undefined && context.isControlToken(token)) return;
    return sendProblem(
      reply,
      problem(
        403,
        'forbidden',
        'This is for the command line',
        `Run "${command}" on the machine of the server, with the same DATA_DIR.`,
      ),
    );
  };
}
