import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, ScriptedReceiver } from '../../test/support/scripted-receiver.ts';
import { until } from '../../test/support/until.ts';
import { answerText } from './answer-text.ts';
import { guardedAgents, lookupWith, TargetRefused } from './guarded-agents.ts';
import { guardedRequest, type OutboundRequest } from './guarded-request.ts';

let receiver: ScriptedReceiver;
beforeEach(async () => {
  receiver = await ScriptedReceiver.open();
});
afterEach(() => receiver.close());

const LIMITS = { timeoutMs: 2_000, maxAnswerBytes: 65_536, keepAnswerBytes: 4_096 } as const;

/** As to a receiver on this machine, where that is allowed. */
const call = (path: string, more: Partial<OutboundRequest> = {}) =>
  guardedRequest({
    url: receiver.url(path),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":"ä"}',
    allowPrivate: true,
    ...LIMITS,
    ...more,
  });

/** As to a name out there, which the names given by the test lead to. */
const callGuarded = (host: string, addresses: readonly string[], path = '/') =>
  guardedRequest({
    url: `https://${host}:${receiver.port}${path}`,
    method: 'POST',
    headers: {},
    body: 'x',
    allowPrivate: false,
    resolve: async () => addresses,
    ...LIMITS,
  });

describe('a call', () => {
  it('brings the body byte for byte and tells what was answered', async () => {
    receiver.script('/hook?a=1', {
      kind: 'answer',
      status: 201,
      headers: { 'content-type': 'text/plain', 'retry-after': '7', 'set-cookie': 'a=b' },
      body: 'thänks',
    });
    expect(await call('/hook?a=1', { headers: { 'x-one': '1' } })).toEqual({
      kind: 'answered',
      status: 201,
      headers: { 'content-type': 'text/plain', 'retry-after': '7' },
      bytes: Buffer.from('thänks'),
      ending: 'whole',
      durationMs: expect.any(Number),
    });
    const [got] = receiver.received;
    expect(got?.body.toString()).toBe('{"a":"ä"}');
    expect(got?.headers).toMatchObject({
      host: `127.0.0.1:${receiver.port}`,
      'content-length': '10',
      'x-one': '1',
    });
  });

  it('keeps its connection for the next one', async () => {
    for (let n = 0; n < 3; n++) await call('/');
    expect(receiver.connections).toBe(1);
  });

  it('is made again over a new connection when the kept one is gone', async () => {
    await call('/');
    receiver.script('/', { kind: 'reset' }, answer(204));
    expect(await call('/')).toMatchObject({ kind: 'answered', status: 204 });
    expect(receiver.received.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('is not made again when a new connection breaks', async () => {
    receiver.script('/', { kind: 'reset' }, answer(204));
    expect(await call('/')).toMatchObject({
      kind: 'failed',
      refused: false,
      error: 'The connection was broken off before an answer.',
    });
    expect(receiver.received).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    receiver.script('/moved', answer(status, { location: receiver.url('/elsewhere') }));
    expect(await call('/moved')).toMatchObject({
      status,
      headers: { location: receiver.url('/elsewhere') },
    });
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  it('to nobody fails with a sentence', async () => {
    const url = receiver.url('/secret-path');
    await receiver.close();
    const failed = await call('/', { url });
    expect(failed).toMatchObject({ kind: 'failed', error: 'The connection was refused.', refused: false });
    receiver = await ScriptedReceiver.open();
  });

  it.each([
    ['hang', 'There was no answer within 0.5 seconds.'],
    ['end', 'The connection was broken off before an answer.'],
  ] as const)('to who does %s fails', async (kind, error) => {
    receiver.script('/', { kind });
    expect(await call('/', { timeoutMs: 500 })).toMatchObject({ kind: 'failed', error });
  });

  it.each([
    ['nonsense', 'not http at all\r\n\r\n', /^The answer is not HTTP \(HPE_\w+\)\.$/],
    [
      'endless headers',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
      /headers of the answer are too/,
    ],
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ws\r\n\r\n',
      /^The .+\.$/,
    ],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-', /broken off|closed/],
  ])('answered with %s fails', async (_what, bytes, error) => {
    receiver.script('/', { kind: 'bytes', bytes });
    expect(await call('/')).toMatchObject({ kind: 'failed', error: expect.stringMatching(error) });
  });

  it('waits through answers that are none yet', async () => {
    receiver.script('/', {
      kind: 'bytes',
      bytes: 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    });
    expect(await call('/')).toMatchObject({ kind: 'answered', status: 204 });
  });

  it.each(['reset', 'hang'] as const)('has its status when the body ends in a %s', async (ending) => {
    receiver.script('/', { kind: 'break-off', status: 202, ending });
    expect(await call('/', { timeoutMs: 1_000 })).toMatchObject({
      kind: 'answered',
      status: 202,
      bytes: Buffer.from('the first part'),
      ending: 'broken',
    });
  });

  it.each([
    [undefined, 'whole'],
    ['reset', 'broken'],
    ['hang', 'broken'],
  ] as const)(
    'has of a body that only its connection ends what came before a %s: %s',
    async (how, ending) => {
      const bytes = 'HTTP/1.1 200 OK\r\n\r\nthe first part';
      receiver.script('/', { kind: 'bytes', bytes, ...(how ? { ending: how } : {}) });
      // Nobody waits for what ends by itself.
      expect(await call('/', { timeoutMs: how === 'hang' ? 1_000 : 20_000 })).toMatchObject({
        kind: 'answered',
        status: 200,
        bytes: Buffer.from('the first part'),
        ending,
      });
    },
  );

  it('reads only so much of a body, then leaves', async () => {
    receiver.script('/', { kind: 'endless', status: 200, pace: 'fast' });
    const got = await call('/', { timeoutMs: 20_000 });
    expect(got).toMatchObject({
      kind: 'answered',
      status: 200,
      bytes: Buffer.alloc(4_096, 'x'),
      ending: 'limit',
    });
    expect(got.durationMs).toBeLessThan(10_000);
    await until(() => receiver.openConnections === 0, 'the connection is dropped');
    // The kernel's buffers at both ends hold a few megabytes.
    expect(receiver.bytesTaken).toBeLessThan(16_000_000);
  });

  it('waits for a dripping body no longer than the deadline', async () => {
    receiver.script('/', { kind: 'endless', status: 200, pace: 'drip' });
    const got = await call('/', { timeoutMs: 1_000 });
    expect(got).toMatchObject({ kind: 'answered', status: 200, ending: 'broken' });
    expect(got.kind === 'answered' && answerText(got.bytes)).toMatch(/^x+$/);
    expect(got.durationMs).toBeLessThan(5_000);
  });

  it('is told once, and its bytes are copied once, in however many pieces they come', async () => {
    const pieces = '1\r\nx\r\n'.repeat(20_000);
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    receiver.script('/', { kind: 'bytes', bytes: `${head}${pieces}0\r\n\r\n` });
    const concat = vi.spyOn(Buffer, 'concat');
    try {
      expect(await call('/', { maxAnswerBytes: 10_000 })).toMatchObject({
        bytes: Buffer.alloc(4_096, 'x'),
        ending: 'limit',
      });
      expect(await call('/')).toMatchObject({ bytes: Buffer.alloc(4_096, 'x'), ending: 'whole' });
      const copies = concat.mock.calls.filter(([chunks]) => chunks.length > 100);
      expect(copies).toEqual([]);
    } finally {
      concat.mockRestore();
    }
  });

  it.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', '€'])('is not made with the header value %j', async (value) => {
    expect(await call('/', { headers: { 'x-one': value } })).toMatchObject({
      kind: 'failed',
      error: 'A header has characters that no header may have.',
    });
    expect(receiver.connections).toBe(0);
  });

  it('uses no proxy that the environment names', async () => {
    const program = `
      import { guardedRequest } from ${JSON.stringify(new URL('guarded-request.ts', import.meta.url).href)};
      const got = await guardedRequest({ url: ${JSON.stringify(receiver.url('/direct'))}, method: 'GET', headers: {},
        allowPrivate: true, timeoutMs: 5000, maxAnswerBytes: 100, keepAnswerBytes: 100 });
      process.stdout.write(JSON.stringify(got));`;
    const proxy = 'http://127.0.0.1:9';
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        env: {
          NODE_USE_ENV_PROXY: '1',
          HTTP_PROXY: proxy,
          http_proxy: proxy,
          NO_PROXY: '',
          NODE_NO_WARNINGS: '1',
        },
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'answered', status: 200 });
    expect(receiver.at('/direct')).toHaveLength(1);
  });
});

describe('a guarded call', () => {
  it.each([
    ['a private address', ['127.0.0.1']],
    ['a public and a private address', ['93.184.215.14', '10.0.0.1']],
    ['a private and a public address', ['::1', '2606:4700::1111']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['a compatible address', ['::127.0.0.1']],
    ['a link-local address with a zone', ['fe80::1%lo']],
    ['metadata', ['169.254.169.254']],
    ['no address at all, but a name', ['localhost']],
  ])('is not made to a name with %s', async (_what, addresses) => {
    expect(await callGuarded('hooks.example.com', addresses)).toMatchObject({
      kind: 'failed',
      refused: true,
      error: 'The name hooks.example.com has an address that is not public.',
    });
    expect(receiver.connections).toBe(0);
  });

  it('is not made to a literal, a local name, credentials or plain http, without asking for a name', async () => {
    let asked = 0;
    for (const url of [
      `https://127.1:${receiver.port}/`,
      `https://[::ffff:7f00:1]:${receiver.port}/`,
      `https://localhost.:${receiver.port}/`,
      `https://me:pw@example.com:${receiver.port}/`,
      `http://example.com:${receiver.port}/`,
    ]) {
      const got = await call('/', {
        url,
        allowPrivate: false,
        resolve: async () => {
          asked++;
          return ['127.0.0.1'];
        },
      });
      expect(got, url).toMatchObject({ kind: 'failed', refused: true });
    }
    expect({ asked, connections: receiver.connections }).toEqual({ asked: 0, connections: 0 });
  });

  it('asks for a name once for each connection, so that what was checked is what is connected to', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.9']];
    let asked = 0;
    const resolve = async () => answers[asked++] ?? [];
    expect(await call('/', { url: receiver.url('/', 'rebind.example'), resolve })).toMatchObject({
      status: 200,
    });
    expect(asked).toBe(1);
  });

  it('is refused when a name leads elsewhere the second time', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1']];
    let asked = 0;
    const lookup = lookupWith(async () => answers[asked++] ?? [], false);
    const ask = () =>
      new Promise((resolve) => {
        lookup('rebind.example', { all: true }, (error, addresses) => resolve(error ?? addresses));
      });
    expect(await ask()).toEqual([{ address: '93.184.215.14', family: 4 }]);
    expect(await ask()).toBeInstanceOf(TargetRefused);
  });

  it('finds no name without an address, and none that cannot be asked for', async () => {
    expect(await callGuarded('none.example.com', [])).toMatchObject({
      error: 'The name has no address.',
      refused: false,
    });
    const silent = Object.assign(new Error('queryA ECONNREFUSED secret.example'), {
      code: 'ECONNREFUSED',
      syscall: 'queryA',
    });
    expect(
      await call('/', {
        url: 'https://secret.example/',
        allowPrivate: false,
        resolve: () => Promise.reject(silent),
      }),
    ).toMatchObject({ error: 'No name server has answered.', refused: false });
  });

  it('ends at its deadline also while a name is looked up', async () => {
    const got = await call('/', {
      url: 'https://slow.example/',
      allowPrivate: false,
      timeoutMs: 150,
      resolve: () => new Promise(() => {}),
    });
    expect(got).toMatchObject({ kind: 'failed', error: 'There was no answer within 0.15 seconds.' });
  });

  it('does not go over a connection that was made when everything was allowed', async () => {
    const resolve = async () => ['127.0.0.1'];
    const url = receiver.url('/', 'hooks.example.com');
    expect(await call('/', { url, resolve })).toMatchObject({ status: 200 });
    expect(receiver.connections).toBe(1);
    expect(await call('/', { url, resolve, allowPrivate: false })).toMatchObject({ refused: true });
    const secure = url.replace('http:', 'https:');
    expect(await call('/', { url: secure, resolve, allowPrivate: false })).toMatchObject({ refused: true });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('the address at the other end', () => {
  it.each(['http', 'https'] as const)('is checked before a byte is written (%s)', async (scheme) => {
    let bytes = 0;
    let ended = false;
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        ended = true;
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // Past every check of URL and name: the agent alone has to refuse.
    const { request } = scheme === 'http' ? http : await import('node:https');
    const sent = request({ agent: guardedAgents(true)[scheme], host: '127.0.0.1', port, method: 'POST' });
    sent.end('secret');
    const [error] = await once(sent, 'error');
    expect(error).toMatchObject({ message: 'The connection led to an address that is not public.' });
    await until(() => ended, 'the connection has ended');
    expect(bytes).toBe(0);
    server.close();
  });
});
