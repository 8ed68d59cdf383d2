import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { DownloadLimit } from './download-limit.ts';

const PATIENCE_MS = 300;

let server: Server;
const clients: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  server.close();
  await once(server, 'close');
});

async function serve(
  limit: DownloadLimit,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<{ readonly stalled: string[] }> {
  const stalled: string[] = [];
  server = createServer((request, response) => {
    if (limit.admit(request, response, () => stalled.push(String(request.url)))) answer(response, request);
    else response.writeHead(429).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { stalled };
}

/** Requests one after the other over one connection, and does not read. */
function ask(...paths: string[]): Socket {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.pause();
  for (const path of paths) client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  clients.push(client);
  return client;
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(100_000, 'x');
}

const forever = (response: ServerResponse): void => {
  Readable.from(endless(), { highWaterMark: 1 }).pipe(response);
};

async function textOf(client: Socket): Promise<string> {
  let text = '';
  for await (const chunk of client.setEncoding('latin1')) {
    text += chunk;
    if (text.includes('\r\n\r\n')) break;
  }
  return text;
}

test('beyond the limit one is refused, until another has gone', async () => {
  const limit = new DownloadLimit({ most: 2, patienceMs: 60_000 });
  await serve(limit, forever);
  const first = ask('/1');
  ask('/2');
  await until(() => limit.running === 2, 'both run');
  expect(await textOf(ask('/3'))).toMatch(/^HTTP\/1\.1 429 /);
  expect(limit.running).toBe(2);
  first.destroy();
  await until(() => limit.running === 1, 'one has gone');
  expect(await textOf(ask('/4'))).toMatch(/^HTTP\/1\.1 200 /);
});

test('what has been answered counts no more, also while its connection is kept', async () => {
  const limit = new DownloadLimit({ most: 1, patienceMs: 60_000 });
  await serve(limit, (response) => response.end('done'));
  const client = ask('/1');
  client.resume();
  await until(() => limit.running === 0 && client.bytesRead > 0, 'it is answered');
  const before = client.bytesRead;
  client.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => client.bytesRead >= 2 * before, 'the next one is answered alike');
  expect(limit.running).toBe(0);
});

test('those that wait behind another one on its connection go with it', async () => {
  const limit = new DownloadLimit({ most: 5, patienceMs: 60_000 });
  await serve(limit, forever);
  const client = ask('/1', '/2', '/3');
  await until(() => limit.running > 1, 'several run');
  client.destroy();
  await until(() => limit.running <= 0, 'none runs any more');
  expect(limit.running, 'and each is counted out once').toBe(0);
});

test('whoever does not read is hung up on, and makes room', async () => {
  const limit = new DownloadLimit({ most: 1, patienceMs: PATIENCE_MS });
  const { stalled } = await serve(limit, forever);
  ask('/unread');
  await until(() => limit.running === 1, 'it runs');
  await until(() => limit.running < 1, 'it has been ended');
  expect(limit.running).toBe(0);
  expect(stalled).toEqual(['/unread']);
});

test('whoever reads, and whoever waits for the next part, is not', async () => {
  const limit = new DownloadLimit({ most: 2, patienceMs: PATIENCE_MS });
  let waiting: ServerResponse | undefined;
  const { stalled } = await serve(limit, (response, { url }) => {
    if (url === '/slow') forever(response);
    else {
      waiting = response.writeHead(200);
      waiting.flushHeaders();
    }
  });
  const slow = ask('/slow');
  const patient = ask('/patient');
  // Three times as long as patience lasts.
  const startedAt = performance.now();
  await until(() => {
    slow.read();
    return performance.now() - startedAt > 3 * PATIENCE_MS;
  }, 'a long time has passed');
  expect(stalled).toEqual([]);
  expect(limit.running).toBe(2);
  waiting?.end('at last');
  patient.resume();
  await until(() => limit.running === 1, 'the patient one is answered');
});
