import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { pushServiceProblem } from './push-services.ts';

const STRICT = { added: [], allowPrivate: false };
const ADDED = { added: ['push.lan.example'], allowPrivate: false };
const PRIVATE = { added: [], allowPrivate: true };

describe('pushServiceProblem', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://android.googleapis.com/gcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
    'https://FCM.googleapis.com:443/x',
    'https://fcm.googleapis.com./x',
  ])('takes the push service of a browser maker: %s', (endpoint) => {
    expect(pushServiceProblem(endpoint, STRICT)).toBeUndefined();
  });

  it.each([
    'https://shop.example/x',
    'https://fcm.googleapis.com.shop.example/x',
    'https://notfcm.googleapis.com/x',
    'https://googleapis.com/x',
    'https://shop.example/fcm.googleapis.com',
    'https://8.8.8.8/x',
  ])('refuses any other, and says which variable adds it: %s', (endpoint) => {
    expect(pushServiceProblem(endpoint, STRICT)).toContain('PUSH_SERVICES');
    expect(pushServiceProblem(endpoint, PRIVATE), 'public ones everywhere').toContain('PUSH_SERVICES');
  });

  it('takes what the operator has added, with its subdomains', () => {
    expect(pushServiceProblem('https://push.lan.example/x', ADDED)).toBeUndefined();
    expect(pushServiceProblem('https://a.push.lan.example/x', ADDED)).toBeUndefined();
    expect(pushServiceProblem('https://lan.example/x', ADDED)).toContain('PUSH_SERVICES');
    expect(pushServiceProblem('https://fcm.googleapis.com/x', ADDED)).toBeUndefined();
  });

  it('calls port 443 alone', () => {
    expect(pushServiceProblem('https://fcm.googleapis.com:8443/x', STRICT)).toContain('443');
    expect(pushServiceProblem('https://push.lan.example:22/x', ADDED)).toContain('443');
    expect(pushServiceProblem('http://fcm.googleapis.com/x', STRICT)).toContain('https');
  });

  it.each(['http://127.0.0.1:8090/x', 'http://[::1]:1/x', 'https://10.1.2.3/x', 'http://push.localhost:9/x'])(
    'takes one in a private network where that is allowed: %s',
    (endpoint) => {
      expect(pushServiceProblem(endpoint, PRIVATE)).toBeUndefined();
      expect(pushServiceProblem(endpoint, STRICT)).toBeDefined();
    },
  );

  test('never takes a host that does not end in one that is known', () => {
    fc.assert(
      fc.property(fc.domain(), fc.webPath(), (host, path) => {
        expect(pushServiceProblem(`https://${host}${path}`, STRICT)).toBeDefined();
      }),
    );
  });
});
