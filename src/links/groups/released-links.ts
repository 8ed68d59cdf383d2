import { sql } from 'kysely';
import type { Tx } from '../../db/database.ts';
import type { Dialect } from '../../db/dialect.ts';
import { parts } from '../../db/statement-parts.ts';

/** Takes up to `limit` links out of deleted groups. @returns how many; 0 when nothing is left to do */
export async function releaseLinks(tx: Tx, dialect: Dialect, limit: number): Promise<number> {
  // By the group, in the index: joined, SQLite reads all links that have one (a second with a million of them).
  const ofDeleted = tx.db
    .selectFrom('link')
    .select('id')
    .where('group_id', 'in', (eb) =>
      eb.selectFrom('link_group').select('id').where('deleted_at', 'is not', null),
    );
  const found = await ofDeleted.limit(limit).execute();
  for (const part of parts(found.map(({ id }) => id).sort((a, b) => a - b))) {
    // Locked in the order of all who lock links; one that has moved on since stays in its new group.
    const still = await ofDeleted
      .where('id', 'in', part)
      .orderBy('id')
      .modifyEnd(sql.raw(dialect.forUpdate))
      .execute();
    if (still.length === 0) continue;
    const ids = still.map(({ id }) => id);
    await tx.db.updateTable('link').set({ group_id: null }).where('id', 'in', ids).execute();
  }
  return found.length;
}
