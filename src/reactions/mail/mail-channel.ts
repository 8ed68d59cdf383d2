import type { Attempted, Channel, Opened } from '../delivery/channel.ts';
import { type Delivery, eventIdOf } from '../delivery/delivery.ts';
import { loadMailReaders, type MailReaders } from './mail-reader.ts';
import { type MailServerAddress, mailTransport } from './mail-transport.ts';
import { writeMail } from './mail-writer.ts';
import { outcomeOfSent, outcomeOfTrouble } from './smtp-outcome.ts';

export interface MailChannelOptions {
  /** Null: there is none, and mails are kept as not sent. */
  readonly server: MailServerAddress | null;
  /** `links@example.com` or `Links <links@example.com>`. */
  readonly from: string;
  readonly publicUrl: string;
  /** Of each step: connecting, the greeting, and any silence later. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Mails to a project's people: one at a time for a link, with all that has happened meanwhile in it. */
export function createMailChannel(options: MailChannelOptions): Channel {
  return {
    name: 'mail',
    concurrency: 1,
    together: 500,
    spacingMs: 10 * MINUTE_MS,
    retryDelaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS],

    async open({ projectId }, { config }): Promise<Opened> {
      const { server } = options;
      if (!server) return { kind: 'end', state: 'notSent', reason: 'no-smtp' };
      const readers = await loadMailReaders(config, projectId);
      if (!readers || readers.addresses.length === 0) {
        return { kind: 'end', state: 'notSent', reason: 'no-addresses' };
      }
      const transport = mailTransport(server, options.patienceMs ?? PATIENCE_MS);
      return {
        kind: 'send',
        send: async (deliveries, now) => await send(transport, deliveries, readers, now, options),
      };
    },
  };
}

async function send(
  transport: ReturnType<typeof mailTransport>,
  deliveries: readonly Delivery[],
  readers: MailReaders,
  now: number,
  { from, publicUrl }: MailChannelOptions,
): Promise<Attempted> {
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  let mail: ReturnType<typeof writeMail>;
  try {
    mail = writeMail(deliveries, readers, publicUrl);
  } catch (error) {
    const why = `The mail could not be written: ${String(error)}`;
    return { outcome: 'failed', reason: 'refused', status: null, error: why, answer: '', durationMs: 0 };
  }
  try {
    const sent = await transport.sendMail({
      ...mail,
      from: senderOf(from),
      // As they are: a comma or a bracket in one must not make two of it.
      to: readers.addresses.map((address) => ({ name: '', address })),
      date: new Date(now),
      messageId: messageIdOf(deliveries, publicUrl),
      // Answering machines leave such mail alone (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      xMailer: false,
    });
    return outcomeOfSent(sent, durationMs());
  } catch (error) {
    return outcomeOfTrouble(error, durationMs());
  }
}

/** The same for the same contents, so that a mail which was taken although we heard no answer is known again. */
function messageIdOf(deliveries: readonly Delivery[], publicUrl: string): string {
  return `<${eventIdOf('mail', ...deliveries.map(({ eventId }) => eventId))}@${new URL(publicUrl).hostname}>`;
}

/** Not left to a parser of lists: a comma is part of the name. */
function senderOf(from: string): { name: string; address: string } {
  const [, name = '', address = from] = /^(?:(.*) )?<([^<>]+)>$/.exec(from) ?? [];
  return { name, address };
}
