import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TimedOut, within } from './within.ts';

test('what takes longer is not waited for, and what fails fails', async () => {
  expect(await within(60_000, Promise.resolve('done'))).toBe('done');
  await expect(within(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(within(10, new Promise(() => {}))).rejects.toThrow(TimedOut);
});

test('a process that stood still hears what has arrived meanwhile', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const [socket] = await once(server, 'connection');
  const answered = within(50, once(client, 'data'));
  socket.end('in time');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(String(await answered)).toBe('in time');
});
