import { Turnstile } from '../../links/turnstile.ts';
import type { Attempted, Channel, Opened } from '../delivery/channel.ts';
import { type Delivery, eventIdOf } from '../delivery/delivery.ts';
import { MOST_WAITING } from '../delivery/lane.ts';
import { loadMailReaders, type MailReaders } from './mail-reader.ts';
import type { MailServerAddress } from './mail-transport.ts';
import { writeMail } from './mail-writer.ts';
import { outcomeOfSent, outcomeOfTrouble } from './smtp-outcome.ts';
import { handIn, type SmtpPatience } from './smtp-session.ts';

export interface MailChannelOptions {
  /** Null: there is none, and mails are kept as not sent. */
  readonly server: MailServerAddress | null;
  /** `links@example.com` or `Links <links@example.com>`. */
  readonly from: string;
  readonly publicUrl: string;
  readonly patience?: SmtpPatience;
}

const MINUTE_MS = 60_000;
const PATIENCE: SmtpPatience = { stepMs: 10_000, verdictMs: 5 * MINUTE_MS };
/** Mail servers turn away who comes with more, and see a flood in it. */
const MOST_CONNECTIONS = 5;
const HOUR_MS = 60 * MINUTE_MS;

/** Mails to a project's people: one at a time for a link, with all that has happened meanwhile in it. */
export function createMailChannel(options: MailChannelOptions): Channel {
  const connections = new Turnstile(MOST_CONNECTIONS);
  return {
    name: 'mail',
    concurrency: 1,
    together: MOST_WAITING.mail,
    spacingMs: 10 * MINUTE_MS,
    retryDelaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS],

    async open({ projectId }, { config }): Promise<Opened> {
      const { server } = options;
      if (!server) return { kind: 'end', state: 'notSent', reason: 'no-smtp' };
      const readers = await loadMailReaders(config, projectId);
      if (!readers || readers.addresses.length === 0) {
        return { kind: 'end', state: 'notSent', reason: 'no-addresses' };
      }
      const way = { server, patience: options.patience ?? PATIENCE };
      return {
        kind: 'send',
        // What waits in line has not begun: it is in no timeout, and in no duration.
        send: (deliveries, now) => connections.pass(() => send(way, deliveries, readers, now, options)),
      };
    },
  };
}

async function send(
  { server, patience }: { server: MailServerAddress; patience: SmtpPatience },
  deliveries: readonly Delivery[],
  readers: MailReaders,
  now: number,
  { from, publicUrl }: MailChannelOptions,
): Promise<Attempted> {
  let mail: ReturnType<typeof writeMail>;
  try {
    mail = writeMail(deliveries, readers, publicUrl);
  } catch (error) {
    const why = `The mail could not be written: ${String(error)}`;
    return { outcome: 'failed', reason: 'refused', status: null, error: why, answer: '', durationMs: 0 };
  }
  const startedAt = performance.now();
  const handedIn = await handIn(
    server,
    {
      ...mail,
      from: senderOf(from),
      // As they are: a comma or a bracket in one must not make two of it.
      to: readers.addresses.map((address) => ({ name: '', address })),
      date: new Date(now),
      messageId: messageIdOf(deliveries, publicUrl),
      // Answering machines leave such mail alone (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      xMailer: false,
    },
    patience,
  );
  const durationMs = Math.round(performance.now() - startedAt);
  return 'sent' in handedIn
    ? outcomeOfSent(handedIn.sent, durationMs)
    : outcomeOfTrouble(handedIn.trouble, durationMs, handedIn.contentSent);
}

/** The same for the same contents, so that a mail which was taken although we heard no answer is known again. */
function messageIdOf(deliveries: readonly Delivery[], publicUrl: string): string {
  // Tries are put off by chance, so that they come back in another order.
  const eventIds = deliveries.map(({ eventId }) => eventId).sort();
  return `<${eventIdOf('mail', ...eventIds)}@${new URL(publicUrl).hostname}>`;
}

/** Not left to a parser of lists: a comma is part of the name. */
function senderOf(from: string): { name: string; address: string } {
  const [, name = '', address = from] = /^(?:(.*) )?<([^<>]+)>$/.exec(from) ?? [];
  return { name, address };
}
