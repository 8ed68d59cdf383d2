import { answerText } from '../../outbound/answer-text.ts';
import type { OutboundAnswer } from '../../outbound/guarded-request.ts';
import type { Attempted } from '../delivery/channel.ts';
import { retryAfterMs } from '../delivery/retry-after.ts';

/** What an answer of a push service means (RFC 8030, sections 5 and 7.3). */
export function outcomeOfPush(answer: OutboundAnswer, now: number): Attempted {
  const { durationMs } = answer;
  if (answer.kind === 'failed') {
    return { outcome: 'retry', status: null, error: answer.error, answer: '', durationMs };
  }
  const { status, bytes, headers } = answer;
  const said = { status, answer: answerText(bytes), durationMs };
  if (status >= 200 && status < 300) return { ...said, outcome: 'delivered', error: null };
  if (status === 404 || status === 410) {
    const error = `The push service answered ${status}: the browser does not take notifications any more.`;
    return { ...said, outcome: 'failed', reason: 'gone', error };
  }
  const error = `The push service answered ${status}.`;
  if (status === 408 || status === 429 || status >= 500) {
    const wait = retryAfterMs(headers['retry-after'], now);
    return { ...said, outcome: 'retry', error, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  }
  return { ...said, outcome: 'failed', reason: 'refused', error };
}
