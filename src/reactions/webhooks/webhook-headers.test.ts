import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sampleClickEvent, webhookPayload } from '../thresholds/webhook-payload.ts';
import { webhookHeaders } from './webhook-headers.ts';

const EVENT_ID = '89365c75dae740ac8500dfc48c5014b5';
const NOW = 1_758_184_391_752;
const bodyOf = (endpointOf: 'project' | 'group') =>
  webhookPayload(
    sampleClickEvent({
      eventId: EVENT_ID,
      at: NOW,
      project: { id: 50_742, publicId: 'prj_a', timeZone: 'Asia/Seoul' },
      endpointOf,
      metric: 'clicks',
      every: 50,
      group: null,
      publicUrl: 'https://go.example.com',
    }),
  );
const headersOf = (body: string) =>
  webhookHeaders({
    eventId: EVENT_ID,
    requestId: 'e2ea0405b7ba4f0b9b75797179731ae0',
    body,
    secrets: ['whsec_bmV3'],
    now: NOW,
  });

it('has the headers of the contract, as its example shows them, and those of Standard Webhooks', () => {
  const body = bodyOf('project');
  expect(headersOf(body)).toEqual({
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Switchyard-Webhooks/1',
    'X-Vivoldi-Request-Id': 'e2ea0405b7ba4f0b9b75797179731ae0',
    'X-Vivoldi-Event-Id': EVENT_ID,
    'X-Vivoldi-Webhook-Type': 'GLOBAL',
    'X-Vivoldi-Resource-Type': 'URL',
    'X-Vivoldi-Action-Type': 'NONE',
    'X-Vivoldi-Comp-Idx': '50742',
    'X-Vivoldi-Timestamp': '1758184391752',
    'X-Content-SHA256': createHash('sha256').update(Buffer.from(body)).digest('hex'),
    'X-Vivoldi-Signature': expect.stringMatching(/^t=1758184391752,v1=[0-9a-f]{64},alg=hmac-sha256$/),
    'webhook-id': EVENT_ID,
    'webhook-timestamp': '1758184391',
    'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  });
  expect(headersOf(bodyOf('group'))['X-Vivoldi-Webhook-Type']).toBe('GROUP');
});

it.each(['', '[]', 'null', '{"webhookType":"GLOBAL"}', '{"webhookType":"x\\r\\ny: z","compIdx":1}'])(
  'takes nothing out of a body that is no webhook’s: %s',
  (body) => {
    expect(() => headersOf(body)).toThrow();
  },
);
