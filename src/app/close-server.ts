import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

const CLOSE_PATIENCE_MS = 10_000;
/** What is on its way on a kept connection when we stop arrives within this. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Stops accepting and lets what has begun finish. Kept connections are asked to close with their next answer and left
 * open for a moment: the next request of a busy one is on its way already, and would be cut off.
 */
export async function closeServer(server: FastifyInstance): Promise<void> {
  const http = server.server;
  http.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // Not its own `close`, which also closes what looks idle.
  NetServer.prototype.close.call(http);
  const graceUntil = performance.now() + CLOSE_GRACE_MS;
  while (performance.now() < graceUntil && (await connectionsOf(http)) > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  const impatient = setTimeout(() => server.server.closeAllConnections(), CLOSE_PATIENCE_MS);
  await server.close();
  clearInterval(idle);
  clearTimeout(impatient);
}

function connectionsOf(http: FastifyInstance['server']): Promise<number> {
  return new Promise((resolve) => http.getConnections((error, count) => resolve(error ? 0 : count)));
}
