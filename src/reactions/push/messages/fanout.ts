import type { BatchTransaction, BatchWriter } from '../../../db/batch-writer.ts';
import { eventIdOf, type NewDelivery } from '../../delivery/delivery.ts';
import { messageLane } from '../../delivery/lane.ts';
import { enqueue } from '../../delivery/outbox.ts';
import { EVERYBODY, type MessageTarget } from './message.ts';
import { payloadOf } from './message-payload.ts';
import { type Recipient, readRecipients } from './recipients.ts';

/** Subscriptions of one transaction: some 50 ms in which ingest waits for the file. */
const PIECE = 1_000;

interface MessageRow {
  readonly id: number;
  readonly public_id: string;
  readonly project_id: number;
  readonly target: MessageTarget['kind'];
  readonly group_id: number | null;
  readonly link_id: number | null;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly image_url: string | null;
  readonly due_at: number;
  readonly fanned_out_to: number;
}

/**
 * Turns messages that are due into deliveries, piece by piece. The deliveries of a piece and how far the message has
 * come (`fanned_out_to`) are written in one transaction: whoever is killed, or works beside another process, leaves no
 * subscriber out and writes to none twice.
 */
export class Fanout {
  readonly #writer: BatchWriter;

  constructor(writer: BatchWriter) {
    this.#writer = writer;
  }

  /**
   * Writes one piece of the message that has been due for longest.
   *
   * @param now milliseconds
   * @returns whether there is more to do now
   */
  async runOnce(now: number): Promise<boolean> {
    const [message] = await this.#writer.events.all<MessageRow>(
      `select id, public_id, project_id, target, group_id, link_id, title, body, url, image_url, due_at, fanned_out_to
       from push_message where finished_at is null and due_at <= $1 and fanned_out_to < $2
       order by due_at, id limit 1`,
      [now, EVERYBODY],
    );
    if (!message) return false;
    await this.#writer.transact((tx) => this.#writePiece(tx, message, now));
    return true;
  }

  async #writePiece(tx: BatchTransaction, message: MessageRow, now: number): Promise<void> {
    const { id, project_id, fanned_out_to } = message;
    const { recipients, upTo } = await readRecipients(tx, this.#writer.config, {
      projectId: project_id,
      target: targetOf(message),
      after: fanned_out_to,
      atMost: PIECE,
    });
    // Another process may have written the piece, or somebody cancelled the message, since it was read.
    const moved = await tx.run(
      `update push_message set fanned_out_to = $3, state = 'sending'
       where id = $1 and fanned_out_to = $2 and finished_at is null`,
      [id, fanned_out_to, upTo ?? EVERYBODY],
    );
    if (moved === 0) return;
    if (upTo === null) await finishFanout(tx, id, now);
    else
      await enqueue(
        tx,
        recipients.map((recipient) => deliveryOf(message, recipient, now)),
      );
  }
}

/** Says how many there are, which lets the message end; it may have come to its end already. */
async function finishFanout(tx: BatchTransaction, id: number, now: number): Promise<void> {
  await tx.run(
    'update push_message set recipients = (select count(*) from delivery where message_id = $1) where id = $1',
    [id],
  );
  await tx.run(
    `update push_message set state = 'sent', finished_at = $2
     where id = $1 and state = 'sending' and sent + failed + gone >= recipients`,
    [id, now],
  );
}

function targetOf({ target, group_id, link_id }: MessageRow): MessageTarget {
  if (target === 'group' && group_id !== null) return { kind: 'group', groupId: group_id };
  if (target === 'link' && link_id !== null) return { kind: 'link', linkId: link_id };
  if (target === 'all') return { kind: 'all' };
  throw new Error(`a message is to ${target}, but does not say to which`);
}

function deliveryOf(message: MessageRow, recipient: Recipient, now: number): NewDelivery {
  const eventId = eventIdOf('message', message.public_id, recipient.publicId);
  const { public_id: publicId, image_url: imageUrl, title, body, url } = message;
  const payload = payloadOf({ publicId, title, body, url, imageUrl }, eventId);
  return {
    eventId,
    lane: messageLane(message.id, new URL(recipient.endpoint).host),
    channel: 'push',
    kind: 'message',
    projectId: message.project_id,
    endpointId: null,
    subscriptionId: recipient.id,
    messageId: message.id,
    linkId: message.link_id,
    groupId: message.group_id,
    body: JSON.stringify(payload),
    createdAt: now,
    dueAt: now,
  };
}
