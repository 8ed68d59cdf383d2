import type { Reader } from '../db/database.ts';
import { Failure } from '../errors.ts';
import { type ChannelName, type DeliveryKind, DeliveryState, type FinalReason } from './delivery/delivery.ts';

/** Deliveries as people look at them: what was sent to whom, what came of it, or why it was not sent. */

export type StateName = keyof typeof DeliveryState;

export interface DeliveryFilter {
  readonly projectId: number;
  readonly endpointId?: number | undefined;
  readonly linkId?: number | undefined;
  readonly state?: StateName | undefined;
  readonly channel?: ChannelName | undefined;
  readonly kind?: DeliveryKind | undefined;
  /** Made at or after this instant, milliseconds. */
  readonly since?: number | undefined;
}

export interface LoggedDelivery {
  readonly eventId: string;
  readonly channel: ChannelName;
  readonly kind: DeliveryKind;
  readonly state: StateName;
  readonly reason: FinalReason | null;
  /** Public ids of what it is about; null where it is about none, and where that is not known any more. */
  readonly endpointId: string | null;
  readonly linkId: string | null;
  readonly groupId: string | null;
  readonly messageId: string | null;
  /** Since it was made, or replayed. */
  readonly attempts: number;
  readonly lastAttempt: LastAttempt | null;
  readonly createdAt: number;
  /** When it is tried next; null when it is not going to be. */
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
}

export interface LastAttempt {
  readonly at: number;
  readonly durationMs: number;
  /** HTTP (or SMTP) status; null when nobody answered. */
  readonly status: number | null;
  readonly error: string | null;
}

export interface LoggedAttempt extends LastAttempt {
  readonly number: number;
  /** The first 4 kB of it. */
  readonly answer: string;
}

export interface DeliveryPage {
  readonly deliveries: LoggedDelivery[];
  /** Where the next page begins; null at the end. */
  readonly before: number | null;
}

/**
 * Rows looked at for one page, however few of them are wanted: among millions that were delivered, somebody may look for
 * one that failed, and no statement may take long.
 */
const ROWS_PER_LOOK = 20_000;
/** Numbers of rows follow the clock, except where an older transaction commits later. */
const SLACK_MS = 86_400_000;
const MOST_ATTEMPTS = 100;

/**
 * Newest first. A page may hold fewer than `limit` and still not be the last.
 *
 * @param before rows with a smaller id than this
 */
export async function listDeliveries(
  read: Reader,
  filter: DeliveryFilter,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<DeliveryPage> {
  const end = await endOfLook(read, filter, before);
  let query = logged(read, filter.projectId);
  if (filter.endpointId !== undefined) query = query.where('delivery.endpoint_id', '=', filter.endpointId);
  if (filter.linkId !== undefined) query = query.where('delivery.link_id', '=', filter.linkId);
  if (filter.state !== undefined) query = query.where('delivery.state', '=', DeliveryState[filter.state]);
  if (filter.channel !== undefined) query = query.where('delivery.channel', '=', filter.channel);
  if (filter.kind !== undefined) query = query.where('delivery.kind', '=', filter.kind);
  if (filter.since !== undefined) query = query.where('delivery.created_at', '>=', filter.since);
  if (before !== undefined) query = query.where('delivery.id', '<', before);
  if (end) query = query.where('delivery.id', '>=', end.id);
  const rows = await query
    .orderBy('delivery.id', 'desc')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const goesOn =
    end !== undefined && (filter.since === undefined || end.createdAt >= filter.since - SLACK_MS);
  return {
    deliveries: shown.map(deliveryFrom),
    before: rows.length > limit ? (shown.at(-1) as Row).id : goesOn ? end.id : null,
  };
}

/** The last row that is looked at for this page; undefined when it can be looked at to the end. */
async function endOfLook(
  read: Reader,
  { projectId, endpointId }: DeliveryFilter,
  before: number | undefined,
): Promise<{ id: number; createdAt: number } | undefined> {
  let query = read.selectFrom('delivery').select('id').where('project_id', '=', projectId);
  if (endpointId !== undefined) query = query.where('endpoint_id', '=', endpointId);
  if (before !== undefined) query = query.where('id', '<', before);
  const found = await query
    .orderBy('id', 'desc')
    .offset(ROWS_PER_LOOK - 1)
    .limit(1)
    .executeTakeFirst();
  if (!found) return undefined;
  const { created_at } = await read
    .selectFrom('delivery')
    .select('created_at')
    .where('id', '=', found.id)
    .executeTakeFirstOrThrow();
  return { id: found.id, createdAt: created_at };
}

/** @throws Failure `not-found` */
export async function loadDelivery(
  read: Reader,
  projectId: number,
  eventId: string,
): Promise<LoggedDelivery & { readonly body: string; readonly log: readonly LoggedAttempt[] }> {
  const row = await logged(read, projectId)
    .select(['delivery.body', 'delivery_attempt.number as last_number'])
    .where('delivery.event_id', '=', eventId)
    .executeTakeFirst();
  if (!row) throw Failure.notFound(`Delivery ${eventId}`);
  // Those that the delivery knows of: one that ends between the two statements would stand beside a state of before.
  const attempts = await read
    .selectFrom('delivery_attempt')
    .selectAll()
    .where('delivery_id', '=', row.id)
    .where('number', '<=', row.last_number ?? 0)
    .orderBy('number', 'desc')
    .limit(MOST_ATTEMPTS)
    .execute();
  return {
    ...deliveryFrom(row),
    body: row.body,
    log: attempts
      .map(({ number, at, duration_ms, status, error, answer }) => ({
        number,
        at,
        durationMs: duration_ms,
        status,
        error,
        answer,
      }))
      .reverse(),
  };
}

function logged(read: Reader, projectId: number) {
  return read
    .selectFrom('delivery')
    .leftJoin('webhook_endpoint', 'webhook_endpoint.id', 'delivery.endpoint_id')
    .leftJoin('link', 'link.id', 'delivery.link_id')
    .leftJoin('link_group', 'link_group.id', 'delivery.group_id')
    .leftJoin('push_message', 'push_message.id', 'delivery.message_id')
    .leftJoin('delivery_attempt', (join) =>
      join
        .onRef('delivery_attempt.delivery_id', '=', 'delivery.id')
        .on('delivery_attempt.number', '=', (eb) =>
          eb
            .selectFrom('delivery_attempt as latest')
            .select((of) => of.fn.max('latest.number').as('number'))
            .whereRef('latest.delivery_id', '=', 'delivery.id'),
        ),
    )
    .select([
      'delivery.id',
      'delivery.event_id',
      'delivery.channel',
      'delivery.kind',
      'delivery.state',
      'delivery.reason',
      'delivery.attempts',
      'delivery.created_at',
      'delivery.due_at',
      'delivery.finished_at',
      'webhook_endpoint.public_id as endpoint_public_id',
      'link.public_id as link_public_id',
      'link_group.public_id as group_public_id',
      'push_message.public_id as message_public_id',
      'delivery_attempt.at as last_at',
      'delivery_attempt.duration_ms as last_duration_ms',
      'delivery_attempt.status as last_status',
      'delivery_attempt.error as last_error',
    ])
    .where('delivery.project_id', '=', projectId);
}

type Row = Awaited<ReturnType<ReturnType<typeof logged>['executeTakeFirstOrThrow']>>;

const STATE_NAMES = new Map(Object.entries(DeliveryState).map(([name, state]) => [state, name as StateName]));

function deliveryFrom(row: Row): LoggedDelivery {
  const state = STATE_NAMES.get(row.state as DeliveryState) ?? 'waiting';
  return {
    eventId: row.event_id,
    channel: row.channel as ChannelName,
    kind: row.kind as DeliveryKind,
    state,
    reason: row.reason as FinalReason | null,
    endpointId: row.endpoint_public_id,
    linkId: row.link_public_id,
    groupId: row.group_public_id,
    messageId: row.message_public_id,
    attempts: row.attempts,
    lastAttempt:
      row.last_at === null
        ? null
        : {
            at: row.last_at,
            durationMs: row.last_duration_ms ?? 0,
            status: row.last_status,
            error: row.last_error,
          },
    createdAt: row.created_at,
    dueAt: state === 'waiting' ? row.due_at : null,
    finishedAt: row.finished_at,
  };
}
