import type { BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';

/** What still waits for the browser ends as gone when it is due. @throws Failure `not-found` */
export async function unsubscribePerson(
  writer: BatchWriter,
  { projectId, publicId }: { readonly projectId: number; readonly publicId: string },
): Promise<void> {
  const removed = await writer.transact((tx) =>
    tx.run(`delete from push_subscription where project_id = $1 and public_id = $2 and audience = 'people'`, [
      projectId,
      publicId,
    ]),
  );
  if (removed === 0) throw Failure.notFound(`Notification subscription ${publicId}`);
}
