import type { ExpressionBuilder } from 'kysely';
import type { Reader } from '../../../db/database.ts';
import type { ConfigTables } from '../../../db/tables/config-tables.ts';
import type { EventTables } from '../../../db/tables/event-tables.ts';

/** A visitor's browser, without what only we and its push service may know. */
export interface Subscriber {
  readonly id: number;
  readonly publicId: string;
  /** Of the push service. */
  readonly host: string;
  /** Of the page on which somebody was asked. */
  readonly language: string;
  readonly createdAt: number;
}

export interface SubscriberFilter {
  readonly projectId: number;
  /** Subscribed through a link that is in the group now, or was then: whom a message to the group reaches. */
  readonly groupId?: number | undefined;
  readonly linkId?: number | undefined;
}

export interface SubscriberQuery extends SubscriberFilter {
  readonly limit: number;
  /** Only subscribers from before this one. */
  readonly before?: number | undefined;
}

/** Newest first. */
export async function listSubscribers(read: Reader, query: SubscriberQuery): Promise<Subscriber[]> {
  const { limit, before } = query;
  let found = subscribersOf(read, query)
    .select(['id', 'public_id', 'endpoint', 'language', 'created_at'])
    .orderBy('id', 'desc')
    .limit(limit);
  if (before !== undefined) found = found.where('id', '<', before);
  return (await found.execute()).map((row) => ({
    id: row.id,
    publicId: row.public_id,
    host: new URL(row.endpoint).host,
    language: row.language,
    createdAt: row.created_at,
  }));
}

export async function countSubscribers(read: Reader, filter: SubscriberFilter): Promise<number> {
  const { count } = await subscribersOf(read, filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function subscribersOf(read: Reader, { projectId, groupId, linkId }: SubscriberFilter) {
  let found = read
    .selectFrom('push_subscription')
    .where('project_id', '=', projectId)
    .where('audience', '=', 'visitors');
  if (linkId !== undefined) found = found.where('id', 'in', (eb) => throughLink(eb, linkId));
  if (groupId !== undefined) {
    found = found.where((eb) =>
      eb.or([eb('id', 'in', throughGroupThen(eb, groupId)), eb('id', 'in', throughGroupNow(eb, groupId))]),
    );
  }
  return found;
}

type Asking = ExpressionBuilder<ConfigTables & EventTables, 'push_subscription'>;

function throughLink(eb: Asking, linkId: number) {
  return eb.selectFrom('push_subscription_link').select('subscription_id').where('link_id', '=', linkId);
}

function throughGroupThen(eb: Asking, groupId: number) {
  return eb
    .selectFrom('push_subscription_link')
    .select('subscription_id')
    .where('push_subscription_link.group_id', '=', groupId);
}

function throughGroupNow(eb: Asking, groupId: number) {
  return eb
    .selectFrom('push_subscription_link')
    .innerJoin('link', 'link.id', 'push_subscription_link.link_id')
    .select('subscription_id')
    .where('link.group_id', '=', groupId)
    .where('link.deleted_at', 'is', null);
}
