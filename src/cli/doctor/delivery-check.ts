import type { DeliveryHealth } from '../../observability/health-report.ts';
import { counted, type Finding, lasting } from './finding.ts';

/** What is due goes out within a second when all is well; a busy moment takes longer. */
const LATE_MS = 60_000;
/** A receiver that is being restarted is no news. */
const FAILING_MS = 10 * 60_000;

/**
 * What waits to be sent, and what stands in its way.
 *
 * @param running whether a server is there to send it
 */
export function judgeDeliveries(deliveries: DeliveryHealth, sendsMail: boolean, running: boolean): Finding[] {
  return [
    judgeOutbox(deliveries, running),
    ...judgeDropped(deliveries),
    judgeWebhooks(deliveries),
    judgeMail(deliveries, sendsMail),
  ];
}

function judgeOutbox({ waiting, held, overdueMs }: DeliveryHealth, running: boolean): Finding {
  const finding = (level: Finding['level'], text: string): Finding => ({ check: 'deliveries', level, text });
  if (waiting === 0) return finding('ok', 'nothing waits to be delivered');
  const ofThem = held === 0 ? '' : `, ${held.toLocaleString('en')} of them held`;
  const text = `${counted(waiting, 'delivery', 'deliveries')} waiting${ofThem}`;
  if (!running) return finding('ok', `${text}; the next start goes on with them`);
  if (overdueMs < LATE_MS) return finding('ok', text);
  return finding(
    'warn',
    `${text}, the oldest due for ${lasting(overdueMs)} and not taken up: look for "deliveries" in the log`,
  );
}

function judgeDropped({ dropped }: DeliveryHealth): Finding[] {
  if (dropped === 0) return [];
  const text = `${counted(dropped, 'event')} not kept, because too many waited for the same receiver: look for those that fail or are paused with "switchyard webhooks list"`;
  return [{ check: 'dropped', level: 'warn', text }];
}

function judgeWebhooks({ webhooks: { disabled, paused, failing, failingForMs } }: DeliveryHealth): Finding {
  const troubles = [
    ...(disabled > 0 ? [`${counted(disabled, 'webhook')} disabled after 410 or days of failure`] : []),
    ...(failing > 0
      ? [`${counted(failing, 'webhook')} failing, the longest for ${lasting(failingForMs)}`]
      : []),
    ...(paused > 0 ? [`${counted(paused, 'webhook')} paused`] : []),
  ];
  if (troubles.length === 0) return { check: 'webhooks', level: 'ok', text: 'no webhook fails' };
  const text = troubles.join(', ');
  if (disabled === 0 && failingForMs < FAILING_MS) return { check: 'webhooks', level: 'ok', text };
  return { check: 'webhooks', level: 'warn', text: `${text}: see "switchyard webhooks list"` };
}

function judgeMail({ mailsWithoutServer }: DeliveryHealth, sendsMail: boolean): Finding {
  const finding = (level: Finding['level'], text: string): Finding => ({ check: 'mail', level, text });
  const notSent = `${counted(mailsWithoutServer, 'mail')} of the last day not sent`;
  if (sendsMail) {
    return mailsWithoutServer === 0
      ? finding('ok', 'mails go out through SMTP_URL')
      : finding('ok', `mails go out through SMTP_URL; ${notSent}, because there was none yet`);
  }
  return mailsWithoutServer === 0
    ? finding('ok', 'there is no server for mails (SMTP_URL), and no mail was to be sent')
    : finding('warn', `${notSent}: set SMTP_URL, or take the notification addresses away`);
}
