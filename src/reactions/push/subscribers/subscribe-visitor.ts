import type { BatchReader, BatchTransaction, BatchWriter } from '../../../db/batch-writer.ts';
import { Failure } from '../../../errors.ts';
import { effective } from '../../../links/overlay.ts';
import type { Settings } from '../../../links/setting.ts';
import { saveSubscription } from '../save-subscription.ts';
import type { CheckedSubscription } from '../subscription-input.ts';

export interface VisitorSubscription {
  readonly linkId: number;
  /** Of the moment of the visit. */
  readonly groupId: number | null;
  readonly subscription: CheckedSubscription;
  /** That of the page on which somebody was asked. */
  readonly language: string;
  /** Whether the visitor has just said yes. Else the subscription is only noted where its project knows it. */
  readonly consent: boolean;
}

/** A browser costs a few hundred bytes; whoever invents subscriptions must not fill a disk with them. */
export const MOST_SUBSCRIBERS = 1_000_000;

/**
 * Makes a visitor's browser a subscriber of the link's project, or notes one that is for another link. Once for each
 * browser and project, however often it comes.
 *
 * @returns whether the browser is a subscriber of the project now
 * @throws Failure `not-found` for a link that was deleted, `conflict` when it does not ask any more or the project has as
 *   many as it may
 */
export async function subscribeVisitor(
  writer: BatchWriter,
  { linkId, groupId, subscription, language, consent }: VisitorSubscription,
  now: number,
): Promise<{ readonly subscriber: boolean }> {
  const projectId = await askingProject(writer.config, linkId, now);
  return await writer.transact(async (tx) => {
    if (!(await idOf(tx, projectId, subscription))) {
      if (!consent) return { subscriber: false };
      await refuseTooMany(tx, projectId);
    }
    await saveSubscription(tx, { projectId, audience: 'visitors', subscription, language }, now);
    await tx.insertMany({
      table: 'push_subscription_link',
      columns: { subscription_id: 'bigint', link_id: 'bigint', group_id: 'bigint', created_at: 'bigint' },
      rows: [[(await idOf(tx, projectId, subscription)) as number, linkId, groupId, now]],
      onConflict: 'on conflict (subscription_id, link_id) do nothing',
    });
    return { subscriber: true };
  });
}

/** That of the link, if the link still asks its visitors: a page may have lain open since its owner has changed it. */
async function askingProject(config: BatchReader, linkId: number, now: number): Promise<number> {
  const [link] = await config.all<AskedLink>(
    `select link.project_id, link.settings, link.delete_at, link_group.settings as group_settings
       from link left join link_group on link_group.id = link.group_id and link_group.deleted_at is null
      where link.id = $1 and link.deleted_at is null`,
    [linkId],
  );
  if (!link || (link.delete_at !== null && link.delete_at <= now)) throw Failure.notFound('The link');
  const own: Settings = JSON.parse(link.settings);
  const group: Settings | undefined =
    link.group_settings === null ? undefined : JSON.parse(link.group_settings);
  if (effective('paused', own, group)) throw new Failure('conflict', 'The link is paused.');
  if (!effective('pushSubscription', own, group)) {
    throw new Failure('conflict', 'The link does not ask for subscriptions any more.');
  }
  return link.project_id;
}

interface AskedLink {
  readonly project_id: number;
  readonly settings: string;
  readonly delete_at: number | null;
  readonly group_settings: string | null;
}

async function idOf(
  tx: BatchTransaction,
  projectId: number,
  { endpointHash }: CheckedSubscription,
): Promise<number | undefined> {
  const [row] = await tx.all<{ id: number }>(
    `select id from push_subscription where project_id = $1 and audience = 'visitors' and endpoint_hash = $2`,
    [projectId, endpointHash],
  );
  return row?.id;
}

async function refuseTooMany(tx: BatchTransaction, projectId: number): Promise<void> {
  const rows = await tx.all(
    `select id from push_subscription where project_id = $1 and audience = 'visitors'
     order by id limit 1 offset $2`,
    [projectId, MOST_SUBSCRIBERS - 1],
  );
  if (rows.length > 0) throw new Failure('conflict', 'There are as many subscribers as there may be.');
}
