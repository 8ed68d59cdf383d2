import type { BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';
import type { MessageState } from './message.ts';

export interface MessageName {
  readonly projectId: number;
  readonly publicId: string;
}

/**
 * Stops a message: nobody else gets a delivery, and those that wait are ended when their turn comes
 * (`isCancelled`). What is on its way arrives.
 *
 * @throws Failure `not-found`, `conflict` when all of it has been sent
 */
export async function cancelMessage(
  writer: BatchWriter,
  { projectId, publicId }: MessageName,
  now: number,
): Promise<void> {
  await writer.transact(async (tx) => {
    const cancelled = await tx.run(
      `update push_message set state = 'cancelled', finished_at = $3
       where project_id = $1 and public_id = $2 and state in ('scheduled', 'sending')`,
      [projectId, publicId, now],
    );
    if (cancelled > 0) return;
    const [found] = await tx.all<{ state: MessageState }>(
      'select state from push_message where project_id = $1 and public_id = $2',
      [projectId, publicId],
    );
    if (!found) throw Failure.notFound(`Push message ${publicId}`);
    if (found.state === 'sent') throw new Failure('conflict', 'The message has been sent to everybody.');
  });
}
