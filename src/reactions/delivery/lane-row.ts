import type { DeliveryLaneTable } from '../../db/tables/event-tables.ts';
import type { ChannelName } from './delivery.ts';
import type { LaneKey } from './lane.ts';

export type LaneRow = Pick<DeliveryLaneTable, 'lane' | 'channel' | 'project_id'>;

export function laneFromRow({ lane, channel, project_id }: LaneRow): LaneKey {
  return { lane, channel: channel as ChannelName, projectId: project_id };
}
