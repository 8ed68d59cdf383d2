import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { codesOf, destinationOf } from '../link-set.ts';
import './fast-ticks.ts';

/** Fastify without plugins, hooks, schemas or logging: one route. */

const destinations = new Map(codesOf(Number(process.argv[2])).map((code) => [code, destinationOf(code)]));

const app = fastify({ logger: false });
app.get<{ Params: { code: string } }>('/:code', (request, reply) => {
  const destination = destinations.get(request.params.code);
  if (destination === undefined) return reply.code(404).send();
  return reply.header('Cache-Control', 'no-store').redirect(destination, 302);
});

await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.((app.server.address() as AddressInfo).port);
process.on('disconnect', () => process.exit());
