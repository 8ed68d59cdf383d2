import { randomUUID } from 'node:crypto';
import type { BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';
import { LANGUAGES } from '../../../languages.ts';
import { eventIdOf } from '../../delivery/delivery.ts';
import { alertLane } from '../../delivery/lane.ts';
import { enqueue } from '../../delivery/outbox.ts';
import type { PushPayload } from '../push-payload.ts';
import { PUSH_TEXTS } from '../push-texts.ts';
import { NOTIFICATION_PAGE_PATH } from '../threshold-payload.ts';

export interface TryPerson {
  readonly projectId: number;
  readonly publicId: string;
  /** Origin of the installation. */
  readonly publicUrl: string;
}

/**
 * Puts a notification into the outbox that says that notifications work.
 *
 * @returns its event id, by which the delivery log knows it
 * @throws Failure `not-found`
 */
export async function tryPerson(
  writer: BatchWriter,
  { projectId, publicId, publicUrl }: TryPerson,
  now: number,
): Promise<{ eventId: string }> {
  const [project] = await writer.config.all<{ language: string }>(
    'select language from project where id = $1',
    [projectId],
  );
  const texts = PUSH_TEXTS[LANGUAGES.find((language) => language === project?.language) ?? LANGUAGES[0]];
  return await writer.transact(async (tx) => {
    const [row] = await tx.all<{ id: number }>(
      `select id from push_subscription where project_id = $1 and public_id = $2 and audience = 'people'`,
      [projectId, publicId],
    );
    if (!row) throw Failure.notFound(`Notification subscription ${publicId}`);
    const eventId = eventIdOf('push-test', publicId, randomUUID());
    const payload: PushPayload = {
      id: eventId,
      title: texts.testTitle,
      body: texts.testBody,
      url: `${publicUrl}${NOTIFICATION_PAGE_PATH}`,
      image: null,
      tag: 'test',
      renotify: true,
      receipts: false,
    };
    await enqueue(tx, [
      {
        eventId,
        lane: alertLane(row.id),
        channel: 'push',
        kind: 'test',
        projectId,
        endpointId: null,
        subscriptionId: row.id,
        messageId: null,
        linkId: null,
        groupId: null,
        body: JSON.stringify(payload),
        createdAt: now,
        dueAt: now,
      },
    ]);
    return { eventId };
  });
}
