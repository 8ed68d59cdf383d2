import { answerText } from '../../outbound/answer-text.ts';
import type { OutboundAnswer } from '../../outbound/guarded-request.ts';
import type { Attempted } from '../delivery/channel.ts';
import { retryAfterMs } from '../delivery/retry-after.ts';

/**
 * What an answer means. 2xx: taken. 410: the receiver is gone for good. Everything else may mend itself, a target that
 * is not allowed too, since the operator may allow it or the name may lead elsewhere tomorrow.
 *
 * @param once somebody tries the webhook and looks on: there is no second attempt
 */
export function outcomeOfWebhook(answer: OutboundAnswer, now: number, once: boolean): Attempted {
  const again: Pick<Attempted, 'outcome' | 'reason'> = once
    ? { outcome: 'failed', reason: 'gave-up' }
    : { outcome: 'retry' };
  const { durationMs } = answer;
  if (answer.kind === 'failed')
    return { ...again, status: null, error: answer.error, answer: '', durationMs };
  const { status, bytes } = answer;
  const told = { status, answer: answerText(bytes), durationMs };
  if (status >= 200 && status <= 299) return { outcome: 'delivered', error: null, ...told };
  if (status === 410) {
    const error = 'The receiver answered 410: it is gone for good.';
    return { outcome: 'failed', reason: 'gone', error, ...told, endsTurn: !once };
  }
  const wait = retryAfterMs(answer.headers['retry-after'], now);
  return {
    ...again,
    error: errorOf(status),
    ...told,
    ...(wait === undefined || once ? {} : { retryAfterMs: wait }),
  };
}

function errorOf(status: number): string {
  return status >= 300 && status <= 399
    ? `The receiver answered ${status}; redirects are not followed.`
    : `The receiver answered ${status}; only 2xx counts as taken.`;
}
