import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newWebhookSecret } from '../../accounts/webhook-secret.ts';
import { signingString, standardSignature, vivoldiSignature } from './signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('the signature of Standard Webhooks', () => {
  it('is the one of the specification’s example', () => {
    const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
    expect(standardSignature([SECRET], id, 1_614_265_330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('is taken by the published library, from either secret of an overlap, and from no other', () => {
    const body = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify({ text }));
    const eventId = fc.stringMatching(/^[0-9a-f]{32}$/);
    fc.assert(
      fc.property(body, eventId, (text, id) => {
        const [current, previous] = [newWebhookSecret(), newWebhookSecret()];
        const seconds = Math.floor(Date.now() / 1_000);
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': standardSignature([current, previous], id, seconds, text),
        };
        expect(new Webhook(current).verify(text, headers)).toEqual(JSON.parse(text));
        expect(new Webhook(previous).verify(text, headers)).toEqual(JSON.parse(text));
        expect(() => new Webhook(newWebhookSecret()).verify(text, headers)).toThrow();
        expect(() => new Webhook(current).verify(`${text} `, headers)).toThrow();
        expect(() => new Webhook(current).verify(text, { ...headers, 'webhook-id': 'x' })).toThrow();
      }),
    );
  });
});

describe('the signature of Vivoldi', () => {
  it('is keyed with the secret as it is printed, over instant and body', () => {
    const body = '{"linkId":"kYdr"}';
    const expected = createHmac('sha256', Buffer.from(SECRET, 'utf8'))
      .update(`1758184391752.${body}`)
      .digest('hex');
    expect(signingString(1_758_184_391_752, body)).toBe(`1758184391752.${body}`);
    expect(vivoldiSignature([SECRET], 1_758_184_391_752, body)).toBe(
      `t=1758184391752,v1=${expected},alg=hmac-sha256`,
    );
  });

  it('has one part for each secret of an overlap, the newest first', () => {
    const one = (secret: string) => vivoldiSignature([secret], 1, 'x').split(',')[1];
    expect(vivoldiSignature(['whsec_bmV3', 'whsec_b2xk'], 1, 'x')).toBe(
      `t=1,${one('whsec_bmV3')},${one('whsec_b2xk')},alg=hmac-sha256`,
    );
  });
});
