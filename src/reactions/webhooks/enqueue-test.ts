import type { BatchWriter } from '../../db/batch-writer.ts';
import { Failure } from '../../errors.ts';
import { webhookTestLane } from '../delivery/lane.ts';
import { enqueue } from '../delivery/outbox.ts';
import { type ClickEvent, webhookPayload } from '../thresholds/webhook-payload.ts';

export interface EnqueueTest {
  readonly endpointId: number;
  /** `sampleClickEvent` makes one. One with the id of an earlier test is that test, and not sent again. */
  readonly event: ClickEvent;
}

/**
 * Sends an endpoint something to try it with, past what waits for it.
 *
 * @returns whether it was sent before
 * @throws Failure `conflict` when too many tests wait
 */
export async function enqueueTest(
  writer: BatchWriter,
  { endpointId, event }: EnqueueTest,
  now: number,
): Promise<{ readonly isRepetition: boolean }> {
  return await writer.transact(async (tx) => {
    const [known] = await tx.all('select id from delivery where event_id = $1', [event.eventId]);
    if (known) return { isRepetition: true };
    const kept = await enqueue(tx, [
      {
        eventId: event.eventId,
        lane: webhookTestLane(endpointId),
        channel: 'webhook',
        kind: 'test',
        projectId: event.project.id,
        endpointId,
        subscriptionId: null,
        messageId: null,
        linkId: null,
        groupId: event.group?.id ?? null,
        body: webhookPayload(event),
        createdAt: now,
        dueAt: now,
      },
    ]);
    if (kept === 0)
      throw new Failure(
        'conflict',
        'Too many tests of this endpoint wait; try again when they have been sent.',
      );
    return { isRepetition: false };
  });
}
