import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codesOf, destinationOf } from '../link-set.ts';
import './fast-ticks.ts';

/** The reference: the least that Node's own HTTP server can do for a redirect. */

const destinations = new Map(codesOf(Number(process.argv[2])).map((code) => [code, destinationOf(code)]));

const server = createServer((request, response) => {
  const destination = destinations.get((request.url ?? '/').slice(1));
  if (destination === undefined) {
    response.writeHead(404, { 'Content-Length': '0' });
  } else {
    response.writeHead(302, { Location: destination, 'Cache-Control': 'no-store', 'Content-Length': '0' });
  }
  response.end();
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
