import type { FastifyInstance } from 'fastify';
import { buildHttpServer } from '../api/http.ts';
import { buildApiContext, type Identity } from './build-api-context.ts';
import { closeServer } from './close-server.ts';
import type { Opening } from './opening.ts';
import type { Parts } from './parts.ts';

/** Short links and every surface of the API, ready to listen. */
export async function openServer(
  opening: Opening,
  parts: Parts,
  identity: Identity,
): Promise<FastifyInstance> {
  const { disposals } = opening;
  const { handler } = parts.visits;
  const context = await buildApiContext(opening, parts, identity);
  const server = await buildHttpServer(context, (request, response) => handler.handle(request, response));
  disposals.add(() => closeServer(server));
  // Before the server closes: it waits for every answer that has begun.
  disposals.add(() => parts.clicks.live.close());
  disposals.add(() => parts.clicks.statistics.stop());
  return server;
}
