import { IncomingMessage } from 'node:http';
import { isIP, Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ClientAddress } from './client-address.ts';

function request(peer: string | undefined, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const message = new IncomingMessage(socket);
  if (forwarded !== undefined) message.headers['x-forwarded-for'] = forwarded;
  return message;
}

const PROXIES = ['127.0.0.0/8', '::1', '10.0.0.0/8', '2001:db8:ffff::/48'];
const VISITOR = '203.0.113.7';

function addressOf(
  peer: string | undefined,
  forwarded?: string,
  trusted: readonly string[] = PROXIES,
): string {
  return new ClientAddress(trusted).of(request(peer, forwarded));
}

describe('without a trusted proxy', () => {
  it('is the address of the connection', () => {
    expect(addressOf(VISITOR)).toBe(VISITOR);
    expect(addressOf('2001:db8::1')).toBe('2001:db8::1');
    expect(addressOf(undefined)).toBe('');
  });

  it('is not what a stranger says it is', () => {
    expect(addressOf(VISITOR, '198.51.100.1')).toBe(VISITOR);
    expect(addressOf(VISITOR, '127.0.0.1')).toBe(VISITOR);
    expect(addressOf('2001:db8:fffe::1', '198.51.100.1')).toBe('2001:db8:fffe::1');
    expect(addressOf(undefined, '198.51.100.1')).toBe('');
  });

  it('is nobody’s word when nobody is trusted', () => {
    expect(addressOf('127.0.0.1', '198.51.100.1', [])).toBe('127.0.0.1');
  });
});

describe('behind trusted proxies', () => {
  it('is what the nearest proxy has seen', () => {
    expect(addressOf('127.0.0.1', VISITOR)).toBe(VISITOR);
    expect(addressOf('::1', '2001:db8::7')).toBe('2001:db8::7');
    expect(addressOf('2001:db8:ffff:1::2', VISITOR)).toBe(VISITOR);
  });

  it('is the first address from the right that no trusted proxy answers for', () => {
    expect(addressOf('127.0.0.1', `198.51.100.1, ${VISITOR}, 10.0.0.2, 10.0.0.3`)).toBe(VISITOR);
    expect(addressOf('127.0.0.1', `10.9.9.9, ${VISITOR}`)).toBe(VISITOR);
    expect(addressOf('127.0.0.1', `8.8.8.8,${VISITOR}\t,10.0.0.2`)).toBe(VISITOR);
  });

  it('is the outermost proxy when all of them are trusted', () => {
    expect(addressOf('127.0.0.1', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1');
  });

  it('believes nothing left of what is no address', () => {
    for (const garbage of [
      'unknown',
      '_hidden',
      '',
      '1.2.3',
      '1.2.3.4.5',
      '999.1.1.1',
      'a.example',
      '<script>',
    ]) {
      expect(addressOf('127.0.0.1', `${VISITOR}, ${garbage}`), garbage).toBe('127.0.0.1');
      expect(addressOf('127.0.0.1', `${VISITOR}, ${garbage}, 10.0.0.2`), garbage).toBe('10.0.0.2');
    }
  });

  it('does not read an address out of half a bracket', () => {
    for (const garbage of ['[198.51.100.12', '[2001:db8::12', '[', '[]', '[198.51.100.1]x', '[unknown]:1']) {
      expect(addressOf('127.0.0.1', garbage), garbage).toBe('127.0.0.1');
    }
  });

  it('is without its port', () => {
    expect(addressOf('127.0.0.1', `${VISITOR}:4711`)).toBe(VISITOR);
    expect(addressOf('127.0.0.1', '[2001:db8::7]:4711')).toBe('2001:db8::7');
    expect(addressOf('127.0.0.1', '[2001:db8::7]')).toBe('2001:db8::7');
    expect(addressOf('127.0.0.1', `${VISITOR}, 10.0.0.1:80`)).toBe(VISITOR);
  });

  it('is IPv4 when it came as IPv4 inside IPv6', () => {
    expect(addressOf(`::ffff:${VISITOR}`)).toBe(VISITOR);
    expect(addressOf('::ffff:127.0.0.1', VISITOR)).toBe(VISITOR);
    expect(addressOf('::ffff:10.1.2.3', `198.51.100.1, ::ffff:${VISITOR}, ::ffff:10.0.0.1`)).toBe(VISITOR);
    expect(addressOf(`::ffff:${VISITOR}`, '198.51.100.1')).toBe(VISITOR);
    expect(addressOf('127.0.0.1', `[::ffff:${VISITOR}]:80`)).toBe(VISITOR);
  });
});

describe('anything at all', () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('127.0.0.1', '::1', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', VISITOR),
  );
  const hop = fc.oneof(
    { weight: 3, arbitrary: address },
    { weight: 1, arbitrary: address.map((text) => `[${text}]:80`) },
    { weight: 1, arbitrary: address.map((text) => `[${text}`) },
    { weight: 1, arbitrary: address.map((text) => `${text}:80`) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  );
  const header = fc.oneof(
    fc.array(hop, { maxLength: 6 }).map((hops) => hops.join(', ')),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.[], %'), maxLength: 40 }),
  );

  test('never throws, and is an address', () => {
    const clients = new ClientAddress(PROXIES);
    fc.assert(
      fc.property(address, header, (peer, forwarded) => {
        expect(isIP(clients.of(request(peer, forwarded)))).not.toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });

  test('what stands left of the visitor’s own address changes nothing', () => {
    const clients = new ClientAddress(PROXIES);
    fc.assert(
      fc.property(header, (spoofed) => {
        expect(clients.of(request('127.0.0.1', `${spoofed}, ${VISITOR}, 10.0.0.2`))).toBe(VISITOR);
        expect(clients.of(request(VISITOR, spoofed))).toBe(VISITOR);
      }),
      { numRuns: 2_000 },
    );
  });
});
