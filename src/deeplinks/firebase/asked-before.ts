import type { Reader, Tx } from '../../db/database.ts';
import { parts } from '../../db/statement-parts.ts';

/** Which request of Firebase's call made which link, as a SHA-256 in hex: who asks for the same gets the same link. */
export interface AskedBefore {
  readonly fingerprint: string;
  readonly linkId: number;
}

/** By the link. */
export async function loadAskedBefore(
  read: Reader,
  linkIds: readonly number[],
): Promise<Map<number, string>> {
  if (linkIds.length === 0) return new Map();
  const rows = await read
    .selectFrom('firebase_link')
    .select(['link_id', 'fingerprint'])
    .where('link_id', 'in', linkIds)
    .execute();
  return new Map(rows.map(({ link_id, fingerprint }) => [link_id, fingerprint]));
}

/** Of links that come from elsewhere. What has been asked for here stays with the link it made here. */
export async function keepAskedBefore(
  tx: Tx,
  projectId: number,
  asked: readonly AskedBefore[],
): Promise<void> {
  for (const part of parts(asked)) {
    await tx.db
      .insertInto('firebase_link')
      .values(
        part.map(({ fingerprint, linkId }) => ({ project_id: projectId, fingerprint, link_id: linkId })),
      )
      .onConflict((conflict) => conflict.columns(['project_id', 'fingerprint']).doNothing())
      .execute();
  }
}
