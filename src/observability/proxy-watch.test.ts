import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isLoopback, type ProxiedRequest, ProxyWatch } from './proxy-watch.ts';

const VISITOR = '203.0.113.9';

function seenAfter(...requests: Partial<ProxiedRequest>[]) {
  const watch = new ProxyWatch();
  for (const request of requests) {
    watch.look({
      peer: VISITOR,
      client: VISITOR,
      forwardedFor: undefined,
      forwardedProto: undefined,
      ...request,
    });
  }
  return watch.summary();
}

describe('ProxyWatch', () => {
  it('counts visits without a proxy', () => {
    expect(seenAfter({}, { peer: '::ffff:127.0.0.1', client: '127.0.0.1' })).toEqual({
      looked: 2,
      direct: 2,
      directFromLoopback: 1,
      unreadable: 0,
      http: 0,
      https: 0,
      forwarders: [],
    });
  });

  it.each<[why: string, request: Partial<ProxiedRequest>, address: string, trusted: boolean]>([
    ['a trusted proxy', { peer: '10.0.0.5', client: VISITOR, forwardedFor: VISITOR }, '10.0.0.5', true],
    [
      'what a visitor put in front of it',
      { peer: '::1', client: VISITOR, forwardedFor: `1.2.3.4, ${VISITOR}` },
      '::1',
      true,
    ],
    [
      'a proxy nobody has named',
      { peer: '10.0.0.5', client: '10.0.0.5', forwardedFor: VISITOR },
      '10.0.0.5',
      false,
    ],
    [
      'an IPv4 proxy on an IPv6 socket',
      { peer: '::ffff:10.0.0.5', client: '10.0.0.5', forwardedFor: VISITOR },
      '10.0.0.5',
      false,
    ],
    [
      'an address with a port',
      { peer: '10.0.0.5', client: '10.0.0.5', forwardedFor: `${VISITOR}:4711` },
      '10.0.0.5',
      false,
    ],
  ])('names %s', (_, request, address, trusted) => {
    expect(seenAfter(request).forwarders).toEqual([{ address, trusted, visits: 1 }]);
  });

  it('names the second proxy of two when only the first is trusted', () => {
    const request = { peer: '127.0.0.1', client: '10.0.0.5', forwardedFor: `${VISITOR}, 10.0.0.5` };
    expect(seenAfter(request).forwarders).toEqual([
      { address: '127.0.0.1', trusted: true, visits: 1 },
      { address: '10.0.0.5', trusted: false, visits: 1 },
    ]);
  });

  it('notices a header that ends with no address', () => {
    const seen = seenAfter({ peer: '127.0.0.1', client: '127.0.0.1', forwardedFor: 'unknown' });
    expect(seen).toMatchObject({ unreadable: 1, forwarders: [] });
  });

  it('believes the scheme of trusted proxies alone', () => {
    const trusted = { peer: '127.0.0.1', client: VISITOR, forwardedFor: VISITOR };
    const stranger = { peer: '10.0.0.5', client: '10.0.0.5', forwardedFor: VISITOR };
    const seen = seenAfter(
      { ...trusted, forwardedProto: 'https' },
      { ...trusted, forwardedProto: '<script>' },
      { ...stranger, forwardedProto: 'http' },
    );
    expect(seen).toMatchObject({ http: 0, https: 1 });
  });

  it('stays small, whoever sends what, and keeps the one who sends most', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.ipV4(), fc.string()), { maxLength: 60 }), (strangers) => {
        const watch = new ProxyWatch();
        const look = (peer: string, forwardedFor: string) =>
          watch.look({ peer, client: peer, forwardedFor, forwardedProto: undefined });
        for (let visit = 0; visit < 70; visit += 1) look('192.0.2.1', VISITOR);
        for (const [peer, header] of strangers) look(peer, header);
        const { looked, forwarders } = watch.summary();
        expect(looked).toBe(70 + strangers.length);
        expect(forwarders.length).toBeLessThanOrEqual(8);
        expect(forwarders[0]).toMatchObject({ address: '192.0.2.1', trusted: false });
      }),
    );
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['127.0.0.1.example', false],
  ['127.1', false],
  ['10.0.0.1', false],
  ['', false],
])('whether %s is this machine: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
