import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../observability/proxy-watch.ts';
import type { ApiContext } from './api-context.ts';
import { problem, sendProblem } from './problem.ts';

/** Headers by which proxies and networks of them say that somebody else asks, beside the family of `X-Forwarded-…`. */
const SIGNS_OF_A_PROXY = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
]);

/** `GET /metrics`: for programs on this machine, and for whoever knows the token. */
export function registerMetricsRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const token = bearerOf(request.headers.authorization);
    const allowed =
      (token !== undefined && context.isMetricsToken(token)) || comesFromThisMachine(request.raw);
    if (!allowed) {
      return sendProblem(
        reply,
        problem(
          403,
          'forbidden',
          'Metrics are not for everybody',
          'Ask from the machine of the server itself, or set METRICS_TOKEN and send it as "Authorization: Bearer <METRICS_TOKEN>".',
        ),
      );
    }
    return reply
      .header('Cache-Control', 'no-store')
      .type(context.metrics.contentType)
      .send(await context.metrics.text());
  });
}

export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

/**
 * Whether a program on this machine asks, for itself. A connection from loopback alone does not say so: a proxy on the
 * same machine opens one for every visitor in the world. So nothing in the request may speak of a proxy, and what it
 * says of itself is not read: a proxy that passes `X-Forwarded-For` on as it came lets every visitor write it.
 */
function comesFromThisMachine({ headers, socket }: IncomingMessage): boolean {
  return (
    isLoopback(socket.remoteAddress ?? '') &&
    isNameOfThisMachine(headers.host) &&
    !Object.keys(headers).some(speaksOfAProxy)
  );
}

function speaksOfAProxy(header: string): boolean {
  return header.startsWith('x-forwarded') || SIGNS_OF_A_PROXY.has(header);
}

/** A proxy that passes `Host` on gives itself away; so does a page whose own name was made to point here. */
function isNameOfThisMachine(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase() === 'localhost' || isLoopback(name);
}
