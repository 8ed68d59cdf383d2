import type { Selectable } from 'kysely';
import type { WebhookEndpoint } from '../accounts/webhook-endpoint.ts';
import { endpointFromRow } from '../accounts/webhook-endpoint-service.ts';
import type { Reader } from '../db/database.ts';
import type { DeliveryLaneTable } from '../db/tables/event-tables.ts';
import { Failure } from '../errors.ts';
import { effective } from '../links/overlay.ts';
import type { Settings } from '../links/setting.ts';
import { webhookLane } from './delivery/lane.ts';
import { type EndpointStatus, endpointStatus } from './webhooks/endpoint-status.ts';

/** An endpoint, what its group or project says of it, and what has become of its deliveries. */
export interface EndpointOverview extends WebhookEndpoint {
  /** Null: it is the project's own. */
  readonly group: { readonly id: number; readonly publicId: string; readonly name: string } | null;
  readonly url: string | null;
  readonly metric: 'clicks' | 'visitors';
  /** Clicks or visitors between two calls. */
  readonly every: number;
  readonly status: EndpointStatus;
  readonly waiting: number;
  /** Events that were not kept, because too many waited or it was disabled. */
  readonly dropped: number;
  /** First failure since the last success; null when the last attempt succeeded, and before the first. */
  readonly failingSince: number | null;
}

export interface EndpointQuery {
  readonly projectId: number;
  /** Rows with a smaller id than this; newest come first. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first, without those of deleted groups. */
export async function listEndpoints(
  read: Reader,
  { projectId, before, limit }: EndpointQuery,
): Promise<EndpointOverview[]> {
  let query = endpoints(read, projectId).where('link_group.deleted_at', 'is', null);
  if (before !== undefined) query = query.where('webhook_endpoint.id', '<', before);
  const rows = await query.orderBy('webhook_endpoint.id', 'desc').limit(limit).execute();
  const lanes = await lanesOf(
    read,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => overviewFrom(row, lanes.get(webhookLane(row.id))));
}

/** @throws Failure `not-found` */
export async function loadEndpoint(
  read: Reader,
  projectId: number,
  publicId: string,
): Promise<EndpointOverview> {
  const row = await endpoints(read, projectId)
    .where('webhook_endpoint.public_id', '=', publicId)
    .executeTakeFirst();
  if (!row) throw Failure.notFound(`Webhook endpoint ${publicId}`);
  return overviewFrom(row, (await lanesOf(read, [row.id])).get(webhookLane(row.id)));
}

function endpoints(read: Reader, projectId: number) {
  return read
    .selectFrom('webhook_endpoint')
    .innerJoin('project', 'project.id', 'webhook_endpoint.project_id')
    .leftJoin('link_group', 'link_group.id', 'webhook_endpoint.group_id')
    .selectAll('webhook_endpoint')
    .select([
      'project.webhook_enabled',
      'project.webhook_url',
      'project.webhook_metric',
      'project.webhook_frequency',
      'link_group.public_id as group_public_id',
      'link_group.name as group_name',
      'link_group.settings as group_settings',
      'link_group.deleted_at as group_deleted_at',
    ])
    .where('webhook_endpoint.project_id', '=', projectId);
}

type Row = Awaited<ReturnType<ReturnType<typeof endpoints>['executeTakeFirstOrThrow']>>;
type Lane = Selectable<DeliveryLaneTable>;

async function lanesOf(read: Reader, endpointIds: readonly number[]): Promise<Map<string, Lane>> {
  if (endpointIds.length === 0) return new Map();
  const rows = await read
    .selectFrom('delivery_lane')
    .selectAll()
    .where('lane', 'in', endpointIds.map(webhookLane))
    .execute();
  return new Map(rows.map((row) => [row.lane, row]));
}

function overviewFrom(row: Row, lane: Lane | undefined): EndpointOverview {
  const endpoint = endpointFromRow(row);
  const called = row.group_settings === null ? projectReceiver(row) : groupReceiver(row.group_settings);
  return {
    ...endpoint,
    group:
      row.group_id === null || row.group_public_id === null
        ? null
        : { id: row.group_id, publicId: row.group_public_id, name: row.group_name ?? '' },
    url: called.url,
    metric: called.metric,
    every: called.every,
    status: endpointStatus({
      hasReceiver: called.url !== null && row.group_deleted_at === null,
      disabled: endpoint.disabledAt !== null,
      projectOn: row.webhook_enabled === 1,
      ownOn: called.on,
      paused: endpoint.paused,
    }),
    waiting: lane?.waiting ?? 0,
    dropped: lane?.dropped ?? 0,
    failingSince: lane?.failing_since ?? null,
  };
}

interface Receiver extends Pick<EndpointOverview, 'url' | 'metric' | 'every'> {
  readonly on: boolean;
}

function projectReceiver(row: Row): Receiver {
  return {
    on: true,
    url: row.webhook_url,
    metric: row.webhook_metric === 'visitors' ? 'visitors' : 'clicks',
    every: row.webhook_frequency ?? 1,
  };
}

function groupReceiver(text: string): Receiver {
  const settings = JSON.parse(text) as Settings;
  return {
    on: effective('webhookEnabled', {}, settings),
    url: effective('webhookUrl', {}, settings) || null,
    metric: effective('webhookMetric', {}, settings) || 'clicks',
    every: effective('webhookFrequency', {}, settings) || 1,
  };
}
