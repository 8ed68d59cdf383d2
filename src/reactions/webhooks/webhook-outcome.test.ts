import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutboundAnswer } from '../../outbound/guarded-request.ts';
import { outcomeOfWebhook } from './webhook-outcome.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const answered = (status: number, retryAfter?: string): OutboundAnswer => ({
  kind: 'answered',
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  bytes: Buffer.from('said'),
  ending: 'whole',
  durationMs: 12,
});
const failed: OutboundAnswer = { kind: 'failed', error: 'It rains.', refused: true, durationMs: 3 };

describe('an answer', () => {
  it('is taken with 2xx, final with 410, and tried again with everything else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), (status) => {
        const { outcome, reason, error } = outcomeOfWebhook(answered(status), NOW, false);
        if (status < 300) expect({ outcome, error }).toEqual({ outcome: 'delivered', error: null });
        else if (status === 410) expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: 'gone' });
        else expect({ outcome, reason }).toEqual({ outcome: 'retry', reason: undefined });
        if (status >= 300) expect(error).toContain(String(status));
      }),
    );
  });

  it('is kept with status and words', () => {
    expect(outcomeOfWebhook(answered(503), NOW, false)).toEqual({
      outcome: 'retry',
      status: 503,
      error: 'The receiver answered 503; only 2xx counts as taken.',
      answer: 'said',
      durationMs: 12,
    });
  });

  it('that is none is tried again, also when the target is not allowed', () => {
    expect(outcomeOfWebhook(failed, NOW, false)).toEqual({
      outcome: 'retry',
      status: null,
      error: 'It rains.',
      answer: '',
      durationMs: 3,
    });
  });

  it('says when to come again, in seconds or as a date, a day at most', () => {
    const wait = (header: string) => outcomeOfWebhook(answered(429, header), NOW, false).retryAfterMs;
    expect(wait('120')).toBe(120_000);
    expect(wait(new Date(NOW + 90_000).toUTCString())).toBe(90_000);
    expect(wait('99999999')).toBe(24 * 60 * 60_000);
    expect(wait(new Date(NOW - 90_000).toUTCString())).toBeUndefined();
    expect(wait('soon')).toBeUndefined();
  });

  it('to somebody who tries the webhook is the end of it', () => {
    expect(outcomeOfWebhook(answered(500, '60'), NOW, true)).toMatchObject({
      outcome: 'failed',
      reason: 'gave-up',
    });
    expect(outcomeOfWebhook(answered(500, '60'), NOW, true)).not.toHaveProperty('retryAfterMs');
    expect(outcomeOfWebhook(failed, NOW, true)).toMatchObject({ outcome: 'failed', reason: 'gave-up' });
    expect(outcomeOfWebhook(answered(204), NOW, true)).toMatchObject({ outcome: 'delivered' });
  });
});
