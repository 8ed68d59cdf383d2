import type { Tx } from '../../db/database.ts';
import { parts } from '../../db/statement-parts.ts';
import { Failure } from '../../errors.ts';
import type { Group } from '../group.ts';
import { LinkCounts } from '../groups/link-counts.ts';
import { changesBetween } from '../history.ts';
import { recordLink } from './link-change.ts';
import type { LinkContext } from './link-context.ts';
import { lockLinks } from './locked-links.ts';

/**
 * Puts links into a group, or out of any with `null`.
 *
 * @returns how many were moved; those already there are not counted
 * @throws Failure `invalid` naming every id that is no link of the project
 */
export async function moveLinks(
  { dialect }: LinkContext,
  tx: Tx,
  projectId: number,
  publicIds: readonly string[],
  group: Group | null,
): Promise<number> {
  const links = await lockLinks(tx, dialect, projectId, [...new Set(publicIds)]);
  const known = new Set(links.map(({ publicId }) => publicId));
  const unknown = publicIds.flatMap((id, index) =>
    known.has(id) ? [] : [{ field: `linkIds.${index}`, message: `there is no link ${id}` }],
  );
  if (unknown.length > 0) throw Failure.invalid(unknown);
  const moving = links.filter((link) => link.group?.id !== group?.id);
  const now = Date.now();
  for (const part of parts(moving.map(({ id }) => id))) {
    await tx.db
      .updateTable('link')
      .set((eb) => ({ group_id: group?.id ?? null, updated_at: now, version: eb('version', '+', 1) }))
      .where('id', 'in', part)
      .execute();
  }
  const counts = new LinkCounts();
  for (const link of moving) {
    counts.move(link.group, group);
    const moved = { ...link, group, version: link.version + 1 };
    recordLink(tx, moved, 'moved', changesBetween(link, moved));
  }
  await counts.write(tx);
  return moving.length;
}
