import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureSentence } from './failure-sentence.ts';
import { type Resolve, resolveBy, resolveLocally } from './resolver.ts';

const A = 1;
const AAAA = 28;
const NO_SUCH_NAME = 3;

/** What the name server of this test knows: a name without a line of a type has none, a name without lines is not. */
const ZONE: Readonly<Record<string, Readonly<Record<number, readonly (readonly number[])[]>>>> = {
  'both.example': { [A]: [[192, 0, 2, 1]], [AAAA]: [[0x20, 0x01, ...new Array(13).fill(0), 1]] },
  'four.example': {
    [A]: [
      [192, 0, 2, 1],
      [10, 0, 0, 1],
    ],
  },
};

describe('asking name servers', () => {
  let server: Socket;
  let resolve: Resolve;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createSocket('udp4');
    server.on('message', (question, from) => {
      server.send(
        answerTo(question, (name) => asked.push(name)),
        from.port,
        from.address,
      );
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    resolve = resolveBy([`127.0.0.1:${server.address().port}`]);
  });
  afterAll(() => {
    server.close();
  });

  it('gives the addresses of both families', async () => {
    expect(await resolve('both.example')).toEqual(['192.0.2.1', '2001::1']);
    expect((await resolve('four.example')).toSorted()).toEqual(['10.0.0.1', '192.0.2.1']);
  });

  it('fails for a name that has none', async () => {
    const error = await resolve('none.example').catch((thrown: unknown) => thrown);
    expect(failureSentence(error, 1_000)).toBe('The name has no address.');
  });

  it('asks for nothing that the hosts file knows otherwise', async () => {
    asked.length = 0;
    expect(await resolveLocally('localhost')).toContain('127.0.0.1');
    expect(asked).toEqual([]);
    const error = await resolve('localhost').catch((thrown: unknown) => thrown);
    expect(asked).toContain('localhost');
    expect(failureSentence(error, 1_000)).toBe('The name has no address.');
  });
});

/** RFC 1035, as much as one question needs. */
function answerTo(question: Buffer, ask: (name: string) => void): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = question.readUInt16BE(at + 1);
  const name = labels.join('.').toLowerCase();
  ask(name);
  const known = ZONE[name];
  const found = known?.[type] ?? [];
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180 | (known ? 0 : NO_SUCH_NAME), 2);
  head.writeUInt16BE(found.length, 6);
  head.writeUInt32BE(0, 8);
  const records = found.map((address) =>
    // The name by a pointer to the question, type, class, a lifetime of 0, the address.
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, address.length, ...address]),
  );
  return Buffer.concat([head, question.subarray(12, at + 5), ...records]);
}
