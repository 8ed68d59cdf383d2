import type { Tx } from '../../db/database.ts';
import { requireVersion } from '../../db/row-version.ts';
import { parts } from '../../db/statement-parts.ts';
import { LinkCounts } from '../groups/link-counts.ts';
import type { Link } from '../link.ts';
import { recordLink } from './link-change.ts';
import type { LinkContext } from './link-context.ts';
import { lockLink, lockLinks } from './locked-links.ts';

/**
 * The code stays reserved; only a code chosen by hand can be used again, by the same project.
 *
 * @throws Failure `not-found`, `stale`
 */
export async function deleteLink(
  { dialect }: LinkContext,
  tx: Tx,
  projectId: number,
  publicId: string,
  expectedVersion: number | undefined,
): Promise<void> {
  const link = await lockLink(tx, dialect, projectId, publicId);
  requireVersion(link.version, expectedVersion);
  await markDeleted(tx, [link]);
}

/** Deletes the link that stands for the long links of a domain, if there is one: before the domain itself. */
export async function deleteStandIn(
  { dialect }: LinkContext,
  tx: Tx,
  projectId: number,
  domainPublicId: string,
): Promise<void> {
  const standIn = await tx.db
    .selectFrom('domain')
    .innerJoin('link', 'link.id', 'domain.long_link_id')
    .select('link.public_id')
    .where('domain.public_id', '=', domainPublicId)
    .where('domain.project_id', '=', projectId)
    .where('domain.deleted_at', 'is', null)
    .executeTakeFirst();
  if (standIn) await markDeleted(tx, await lockLinks(tx, dialect, projectId, [standIn.public_id]));
}

/** Deletes up to `limit` links whose `deleteAt` has come. @returns how many */
export async function deleteDue(
  { dialect }: LinkContext,
  tx: Tx,
  now: number,
  limit: number,
): Promise<number> {
  const due = await tx.db
    .selectFrom('link')
    .select(['project_id', 'public_id'])
    .where('delete_at', '<=', now)
    .where('deleted_at', 'is', null)
    .limit(limit)
    .execute();
  const byProject = Map.groupBy(due, ({ project_id }) => project_id);
  let deleted = 0;
  for (const [projectId, rows] of [...byProject].sort(([a], [b]) => a - b)) {
    const ids = rows.map(({ public_id }) => public_id);
    const links = await lockLinks(tx, dialect, projectId, ids);
    // Another process may have deleted it, or its owner given it more time, since it was selected.
    const still = links.filter(({ deleteAt }) => deleteAt !== null && deleteAt <= now);
    await markDeleted(tx, still);
    deleted += still.length;
  }
  return deleted;
}

async function markDeleted(tx: Tx, links: readonly Link[]): Promise<void> {
  const now = Date.now();
  for (const part of parts(links.map(({ id }) => id))) {
    await tx.db
      .updateTable('link')
      .set((eb) => ({ deleted_at: now, updated_at: now, version: eb('version', '+', 1) }))
      .where('id', 'in', part)
      .execute();
    await tx.db
      .updateTable('link_route')
      .set({ destination_host: null })
      .where('link_id', 'in', part)
      .execute();
  }
  const counts = new LinkCounts();
  for (const link of links) {
    counts.move(link.group, null);
    recordLink(tx, { ...link, version: link.version + 1 }, 'deleted', {});
  }
  await counts.write(tx);
}
