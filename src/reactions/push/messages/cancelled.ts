import type { BatchReader } from '../../../db/batch-writer.ts';

/** Whether somebody has stopped the message. @param messageId null: it is no message */
export async function isCancelled(events: BatchReader, messageId: number | null): Promise<boolean> {
  if (messageId === null) return false;
  const [row] = await events.all(`select id from push_message where id = $1 and state = 'cancelled'`, [
    messageId,
  ]);
  return row !== undefined;
}
