import type { BatchReader, BatchTransaction } from '../../../db/batch-writer.ts';
import type { MessageTarget } from './message.ts';

export interface Recipient {
  readonly id: number;
  readonly publicId: string;
  readonly endpoint: string;
}

/** The next subscriptions in the order of their ids, those among them whom the message is for, and how far that was. */
export interface RecipientPiece {
  readonly recipients: readonly Recipient[];
  /** Id of the last that was looked at; null when there are no more. */
  readonly upTo: number | null;
}

interface Row {
  readonly id: number;
  readonly public_id: string;
  readonly endpoint: string;
}

/**
 * Looks at the subscribers of a project, one piece after another. Who belongs to a group follows from the
 * configuration, which is another file than the events on one engine: so a piece is read whole and then sifted.
 */
export async function readRecipients(
  tx: BatchTransaction,
  config: BatchReader,
  { projectId, target, after, atMost }: RecipientQuery,
): Promise<RecipientPiece> {
  const rows =
    target.kind === 'link'
      ? await tx.all<Row>(
          `select s.id, s.public_id, s.endpoint from push_subscription_link as l
           join push_subscription as s on s.id = l.subscription_id
           where l.link_id = $1 and l.subscription_id > $2 and s.project_id = $3 and s.audience = 'visitors'
           order by l.subscription_id limit ${atMost}`,
          [target.linkId, after, projectId],
        )
      : await tx.all<Row>(
          `select id, public_id, endpoint from push_subscription
           where project_id = $1 and audience = 'visitors' and id > $2 order by id limit ${atMost}`,
          [projectId, after],
        );
  const wanted = target.kind === 'group' ? await ofGroup(tx, config, target.groupId, rows) : rows;
  return {
    recipients: wanted.map(({ id, public_id, endpoint }) => ({ id, publicId: public_id, endpoint })),
    upTo: rows.at(-1)?.id ?? null,
  };
}

export interface RecipientQuery {
  readonly projectId: number;
  readonly target: MessageTarget;
  /** Id of a subscription. */
  readonly after: number;
  readonly atMost: number;
}

/** Through a link that was in the group then, or is now. */
async function ofGroup(
  tx: BatchTransaction,
  config: BatchReader,
  groupId: number,
  rows: readonly Row[],
): Promise<Row[]> {
  if (rows.length === 0) return [];
  const ways = await tx.findEach<{ link_id: number; group_id: number | null }>(
    {
      select: 'push_subscription_link.link_id, push_subscription_link.group_id',
      from: 'push_subscription_link',
      where: 'push_subscription_link.subscription_id = asked.id',
    },
    { columns: { id: 'bigint' }, rows: rows.map(({ id }) => [id]) },
  );
  const links = [...new Set(ways.map(({ link_id }) => link_id))];
  const inGroup = await linksIn(config, groupId, links);
  const belonging = new Set(
    ways.filter(({ link_id, group_id }) => group_id === groupId || inGroup.has(link_id)).map(({ n }) => n),
  );
  return rows.filter((_, index) => belonging.has(index));
}

async function linksIn(
  config: BatchReader,
  groupId: number,
  links: readonly number[],
): Promise<ReadonlySet<number>> {
  if (links.length === 0) return new Set();
  const rows = await config.findEach<{ id: number }>(
    {
      select: 'link.id',
      from: 'link',
      where: 'link.id = asked.id and link.group_id = asked.group_id and link.deleted_at is null',
    },
    { columns: { id: 'bigint', group_id: 'bigint' }, rows: links.map((id) => [id, groupId]) },
  );
  return new Set(rows.map(({ id }) => id));
}
