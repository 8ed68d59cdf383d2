import type { Reader } from '../../../db/database.ts';
import { Failure } from '../../../errors.ts';
import type { MessageState } from './message.ts';

/** A message as people see it. */
export interface ShownMessage {
  readonly id: number;
  readonly publicId: string;
  readonly target: 'all' | 'group' | 'link';
  /** Public ids, of the one it is to. */
  readonly groupId: string | null;
  readonly linkId: string | null;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly imageUrl: string | null;
  readonly state: MessageState;
  readonly dueAt: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Null until it is known to whom it goes. */
  readonly recipients: number | null;
  readonly sent: number;
  readonly failed: number;
  readonly gone: number;
  readonly shown: number;
  readonly clicked: number;
}

export interface MessageQuery {
  readonly projectId: number;
  readonly limit: number;
  /** Only messages older than this one. */
  readonly before?: number | undefined;
}

/** Newest first. */
export async function listMessages(
  read: Reader,
  { projectId, limit, before }: MessageQuery,
): Promise<ShownMessage[]> {
  let query = messagesOf(read, projectId).orderBy('push_message.id', 'desc').limit(limit);
  if (before !== undefined) query = query.where('push_message.id', '<', before);
  return (await query.execute()).map(messageFromRow);
}

/** @throws Failure `not-found` */
export async function loadMessage(read: Reader, projectId: number, publicId: string): Promise<ShownMessage> {
  const row = await messagesOf(read, projectId)
    .where('push_message.public_id', '=', publicId)
    .executeTakeFirst();
  if (!row) throw Failure.notFound(`Push message ${publicId}`);
  return messageFromRow(row);
}

function messagesOf(read: Reader, projectId: number) {
  return read
    .selectFrom('push_message')
    .leftJoin('link', 'link.id', 'push_message.link_id')
    .leftJoin('link_group', 'link_group.id', 'push_message.group_id')
    .selectAll('push_message')
    .select(['link.public_id as link_public_id', 'link_group.public_id as group_public_id'])
    .where('push_message.project_id', '=', projectId);
}

type MessageRow = Awaited<ReturnType<ReturnType<typeof messagesOf>['execute']>>[number];

function messageFromRow(row: MessageRow): ShownMessage {
  const isCounted = row.state === 'sent' || row.recipients > 0;
  return {
    id: row.id,
    publicId: row.public_id,
    target: row.target as ShownMessage['target'],
    groupId: row.group_public_id,
    linkId: row.link_public_id,
    title: row.title,
    body: row.body,
    url: row.url,
    imageUrl: row.image_url,
    state: row.state as MessageState,
    dueAt: row.due_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    recipients: isCounted ? row.recipients : null,
    sent: row.sent,
    failed: row.failed,
    gone: row.gone,
    shown: row.shown,
    clicked: row.clicked,
  };
}
