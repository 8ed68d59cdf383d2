import type { Selectable } from 'kysely';
import type { BatchReader } from '../../db/batch-writer.ts';
import type { DeliveryTable } from '../../db/tables/event-tables.ts';
import type { ChannelName, Delivery, DeliveryKind } from './delivery.ts';

const COLUMNS = `id, event_id, lane, channel, kind, project_id, endpoint_id, subscription_id, message_id, link_id, group_id,
  body, attempts, created_at, due_at`;

/** What waits in a lane, first what is due first. @param until only what is due by then */
export async function loadWaiting(
  events: BatchReader,
  lane: string,
  until: number,
  limit: number,
): Promise<Delivery[]> {
  const rows = await events.all<Selectable<DeliveryTable>>(
    `select ${COLUMNS} from delivery where lane = $1 and state = 0 and due_at <= $2 order by due_at, id limit $3`,
    [lane, until, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    eventId: row.event_id,
    lane: row.lane,
    channel: row.channel as ChannelName,
    kind: row.kind as DeliveryKind,
    projectId: row.project_id,
    endpointId: row.endpoint_id,
    subscriptionId: row.subscription_id,
    messageId: row.message_id,
    linkId: row.link_id,
    groupId: row.group_id,
    body: row.body,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
  }));
}
