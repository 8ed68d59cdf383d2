import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../observability/proxy-watch.ts';
import type { ApiContext } from './api-context.ts';
import { problem, sendProblem } from './problem.ts';

/** Headers of proxies that do not say whom they ask for. */
const SIGNS_OF_A_PROXY = ['forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto'];

/** `GET /metrics`: for programs on this machine, and for whoever knows the token. */
export function registerMetricsRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const token = bearerOf(request.headers.authorization);
    const allowed =
      (token !== undefined && context.isMetricsToken(token)) || comesFromThisMachine(request.raw, context);
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
 * same machine opens one for every visitor in the world. So nothing in the request may speak of anybody else.
 */
function comesFromThisMachine(request: IncomingMessage, { clientAddress }: ApiContext): boolean {
  const { headers, socket } = request;
  if (!isLoopback(socket.remoteAddress ?? '') || !isLoopback(clientAddress.of(request))) return false;
  if (!isNameOfThisMachine(headers.host)) return false;
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined) return !SIGNS_OF_A_PROXY.some((name) => name in headers);
  return String(forwardedFor)
    .split(',')
    .every((hop) => isLoopback(hop.trim()));
}

/** A proxy that passes `Host` on gives itself away; so does a page whose own name was made to point here. */
function isNameOfThisMachine(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name.toLowerCase() === 'localhost' || isLoopback(name);
}
