import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiverRequest, ReceiverTally } from './receiver-messages.ts';

/**
 * The process of the receivers: `node receiver-process.ts <how many> <take|hang>`, each on a port of its own, so that
 * each is a receiver of its own to whoever calls. It counts what comes, and ends with whoever started it.
 */

const [, , howMany = '', behaviour = ''] = process.argv;

let received = 0;
let firstAt = 0;
let lastAt = 0;
const ids = new Set<string>();

function receive(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (behaviour === 'hang') {
    received++;
    return;
  }
  request.once('end', () => {
    lastAt = performance.now();
    if (received++ === 0) firstAt = lastAt;
    ids.add(String(request.headers['webhook-id']));
    response.writeHead(204).end();
  });
}

async function listen(): Promise<number> {
  const server = createServer({ keepAliveTimeout: 60_000 }, receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

process.on('message', (asked: ReceiverRequest) => {
  if (asked === 'begin') {
    received = 0;
    ids.clear();
  }
  process.send?.({
    received,
    different: ids.size,
    lastedMs: received === 0 ? 0 : lastAt - firstAt,
  } satisfies ReceiverTally);
});
process.on('disconnect', () => process.exit());
process.send?.(await Promise.all(Array.from({ length: Number(howMany) }, listen)));
