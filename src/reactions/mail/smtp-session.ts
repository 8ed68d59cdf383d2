import type { SendMailOptions } from 'nodemailer';
import { type MailServerAddress, mailTransport, type SessionEntry } from './mail-transport.ts';
import type { SmtpSent } from './smtp-outcome.ts';

/** How long a mail server may be silent, milliseconds. */
export interface SmtpPatience {
  /** At each step until the content is out: connecting, the greeting, every command. */
  readonly stepMs: number;
  /**
   * After the content. Servers look into a mail before they take it, and RFC 5321 4.5.3.2.6 gives them ten minutes:
   * whoever turns away sooner hands it in again, and again.
   */
  readonly verdictMs: number;
}

export type HandedIn =
  | { readonly sent: SmtpSent }
  | {
      readonly trouble: unknown;
      /** All of the content was out before the trouble came. */
      readonly contentSent: boolean;
    };

/** Hands in one mail over a connection of its own. Never throws. */
export async function handIn(
  server: MailServerAddress,
  mail: SendMailOptions,
  { stepMs, verdictMs }: SmtpPatience,
): Promise<HandedIn> {
  const silence = new AbortController();
  let contentSent = false;
  let over = false;
  const giveUp = () => silence.abort();
  let timer = setTimeout(giveUp, stepMs);
  const note = ({ tnx }: SessionEntry) => {
    clearTimeout(timer);
    // The connection tells of its end when ours is written already.
    if (over) return;
    if (tnx === 'message') contentSent = true;
    timer = setTimeout(giveUp, contentSent ? verdictMs : stepMs);
  };
  const log = { trace: note, debug: note, info: note, warn: note, error: note, fatal: note };
  const transport = mailTransport(server, stepMs, { silenceMs: verdictMs, log });
  try {
    return { sent: await transport.sendMail({ ...mail, signal: silence.signal }) };
  } catch (error) {
    const trouble = silence.signal.aborted ? { code: 'ETIMEDOUT' } : error;
    return { trouble, contentSent };
  } finally {
    over = true;
    clearTimeout(timer);
    transport.close();
  }
}
