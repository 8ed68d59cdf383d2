import type { Tx } from '../db/database.ts';

/** Forgets the logos of deleted groups: nothing shows them any more, and no group comes back. */
export async function deleteUnusedLogos(tx: Tx): Promise<void> {
  await tx.db
    .deleteFrom('qr_logo')
    .where('group_id', 'in', (eb) =>
      eb.selectFrom('link_group').select('id').where('deleted_at', 'is not', null),
    )
    .execute();
}
