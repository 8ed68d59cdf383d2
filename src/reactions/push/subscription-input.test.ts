import { createECDH, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../errors.ts';
import { checkSubscription, type OfferedSubscription } from './subscription-input.ts';

const point = createECDH('prime256v1').generateKeys();
const GOOD: OfferedSubscription = {
  endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/abc',
  keys: { p256dh: point.toString('base64url'), auth: randomBytes(16).toString('base64url') },
};

const PRIVATE = { added: [], allowPrivate: true };
const STRICT = { added: ['push.example'], allowPrivate: false };

function fieldsRefused(offered: OfferedSubscription, services = STRICT): string[] {
  try {
    checkSubscription(offered, services, 'subscription.');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return (error as Failure).fields.map(({ field }) => field);
  }
}

describe('checkSubscription', () => {
  it('takes what browsers send, with and without padding, as one and the same', () => {
    const plain = checkSubscription(GOOD, STRICT);
    const keys = { p256dh: `${GOOD.keys.p256dh}=`, auth: `${GOOD.keys.auth}==` };
    expect(checkSubscription({ ...GOOD, keys }, STRICT)).toEqual(plain);
    expect(plain).toMatchObject({ endpoint: GOOD.endpoint, ...GOOD.keys });
    expect(plain.endpointHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    'http://updates.push.example/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://user:secret@push.example/x',
    'https://anybody.test/x',
    'https://push.example:8443/x',
    'ftp://push.example/x',
    'https://push.example/\n',
    'https://push.example/한글',
    `https://push.example/${'x'.repeat(2_048)}`,
    '',
  ])('refuses the endpoint %j', (endpoint) => {
    expect(fieldsRefused({ ...GOOD, endpoint })).toEqual(['subscription.endpoint']);
  });

  it('takes what the operator has added', () => {
    expect(fieldsRefused({ ...GOOD, endpoint: 'https://push.example/x' })).toEqual([]);
  });

  it('takes a push service in a private network where that is allowed', () => {
    expect(fieldsRefused({ ...GOOD, endpoint: 'http://127.0.0.1:8090/notify/x' }, PRIVATE)).toEqual([]);
  });

  it('refuses keys that are none, and names all that is wrong', () => {
    const beside = Buffer.from(point);
    beside.writeUInt8(beside.readUInt8(64) ^ 1, 64);
    const compressed = Buffer.concat([Buffer.from([2]), point.subarray(1, 33)]);
    for (const bytes of [beside, compressed, point.subarray(0, 64), Buffer.alloc(65), Buffer.alloc(0)]) {
      const keys = { ...GOOD.keys, p256dh: bytes.toString('base64url') };
      expect(fieldsRefused({ ...GOOD, keys })).toEqual(['subscription.keys.p256dh']);
    }
    expect(fieldsRefused({ endpoint: 'x', keys: { p256dh: 'x', auth: 'x' } })).toEqual([
      'subscription.endpoint',
      'subscription.keys.p256dh',
      'subscription.keys.auth',
    ]);
  });

  it('refuses anything else without falling over', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (endpoint, p256dh, auth) => {
        expect(fieldsRefused({ endpoint, keys: { p256dh, auth } }).length).toBeGreaterThan(0);
      }),
    );
  });
});
