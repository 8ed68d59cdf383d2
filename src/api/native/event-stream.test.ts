import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { NO_CLICKS_YET } from '../../clicks/live-batch.ts';
import { EventStream } from './event-stream.ts';
import { LiveConnection } from './live-connection.ts';

let server: Server;
let client: Socket;
let response: ServerResponse;
let received = '';

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  received = '';
  client.on('data', (chunk) => {
    received += chunk;
  });
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  [, response] = await once(server, 'request');
});

afterEach(async () => {
  vi.useRealTimers();
  client.destroy();
  server.close();
  await once(server, 'close');
});

const arrived = (text: string) => until(() => received.includes(text), `this has arrived: ${text}`);

describe('a stream of events', () => {
  test('is written as a browser reads it, and ended for good', async () => {
    const stream = new EventStream(response);
    stream.send('clicks', 'one', { text: 'a\nb\r\ndata: c' });
    stream.beat('two');
    stream.end();
    await once(client, 'close');
    expect(received).toContain('event: clicks\nid: one\ndata: {"text":"a\\nb\\r\\ndata: c"}\n\n');
    expect(received).toContain(': still here\nid: two\n\n');
    expect(received).toMatch(/connection: close/i);
    stream.send('clicks', 'three', {});
    stream.end();
  });

  const event = 'x'.repeat(10_000);

  test('a client that does not read is dropped', async () => {
    client.pause();
    const stream = new EventStream(response);
    let most = 0;
    for (let sent = 0; !response.destroyed && sent < 50_000; sent++) {
      stream.send('clicks', 'one', event);
      most = Math.max(most, response.writableLength);
      await setImmediate();
    }
    expect(response.destroyed).toBe(true);
    // What the kernel takes is its own affair; what we keep is bounded.
    expect(most).toBeLessThan(300_000);
    stream.send('clicks', 'one', event);
    stream.end();
  });

  test('a client that has not read everything does not hold up the end', async () => {
    client.pause();
    const stream = new EventStream(response);
    while (response.writableLength < 100_000) {
      stream.send('clicks', 'one', event);
      await setImmediate();
    }
    stream.end();
    expect(response.destroyed).toBe(false);
    await once(response, 'close');
    expect(response.destroyed).toBe(true);
    expect(response.writableFinished).toBe(false);
  });
});

describe('a quiet connection', () => {
  const hello = { at: 0, timeZone: 'UTC', minutes: [], resumed: false, until: 7 };
  const idOf = (row: number) => Buffer.from(`click:${row}`).toString('base64url');

  test('gives a sign of life with the place it has come to, and ends when its key does', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let allowed = true;
    const connection = new LiveConnection(async () => allowed);
    connection.greet(new EventStream(response), hello, NO_CLICKS_YET, 7);
    connection.tell(NO_CLICKS_YET, 9);
    vi.advanceTimersByTime(15_000);
    await arrived(`: still here\nid: ${idOf(9)}\n\n`);
    expect(connection.ended).toBe(false);
    allowed = false;
    vi.advanceTimersByTime(15_000);
    await once(client, 'close');
    expect(connection.ended).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('what comes in while a sign of life asks for its key is told at once', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const asked = Promise.withResolvers<boolean>();
    const connection = new LiveConnection(() => asked.promise);
    connection.greet(new EventStream(response), hello, NO_CLICKS_YET, 7);
    vi.advanceTimersByTime(15_000);
    connection.tell({ count: 2, newest: [] }, 9);
    asked.resolve(true);
    await arrived(`event: clicks\nid: ${idOf(9)}\ndata: {"count":2,"clicks":[]}\n\n`);
    connection.end();
  });

  test('what comes in before the greeting follows it, after what was missed', async () => {
    const connection = new LiveConnection(async () => true);
    connection.tell({ count: 2, newest: [] }, 9);
    connection.greet(
      new EventStream(response),
      { ...hello, resumed: true, until: 3 },
      { count: 5, newest: [] },
      7,
    );
    await arrived(`event: hello\nid: ${idOf(3)}\n`);
    await arrived(`event: clicks\nid: ${idOf(9)}\ndata: {"count":7,"clicks":[]}\n\n`);
    connection.end();
  });

  test('one that has ended before its greeting is greeted and ended', async () => {
    const connection = new LiveConnection(async () => true);
    connection.end();
    connection.greet(new EventStream(response), hello, NO_CLICKS_YET, 7);
    await once(client, 'close');
  });
});
