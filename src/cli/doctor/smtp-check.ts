import { type MailServerAddress, mailTransport } from '../../reactions/mail/mail-transport.ts';
import { outcomeOfTrouble } from '../../reactions/mail/smtp-outcome.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 5_000;

/** Whether the mail server lets us in. Nothing is sent. @param server undefined: there is none, and nothing to say */
export async function checkMailServer(
  server: MailServerAddress | undefined,
  patienceMs = PATIENCE_MS,
): Promise<Finding[]> {
  if (!server) return [];
  const where = `${server.host}:${server.port}`;
  const transport = mailTransport(server, patienceMs);
  try {
    await transport.verify();
    return [{ check: 'smtp', level: 'ok', text: `the mail server at ${where} lets us in` }];
  } catch (error) {
    const why = outcomeOfTrouble(error, 0).error;
    const text = `mails do not go out through ${where}, and are tried again for hours. ${why} See SMTP_URL`;
    return [{ check: 'smtp', level: 'warn', text }];
  } finally {
    transport.close();
  }
}
