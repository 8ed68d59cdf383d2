import { sql } from 'kysely';
import type { Tx } from '../../db/database.ts';

/** How many links each group gains and loses in one transaction. */
export class LinkCounts {
  readonly #differences = new Map<number, number>();

  move(from: { readonly id: number } | null, to: { readonly id: number } | null): void {
    if (from) this.#add(from.id, -1);
    if (to) this.#add(to.id, 1);
  }

  #add(groupId: number, difference: number): void {
    this.#differences.set(groupId, (this.#differences.get(groupId) ?? 0) + difference);
  }

  /** Groups are changed in the order of their ids, so that moves in any directions cannot deadlock. */
  async write(tx: Tx): Promise<void> {
    for (const [groupId, difference] of [...this.#differences].sort(([a], [b]) => a - b)) {
      if (difference === 0) continue;
      await tx.db
        .updateTable('link_group')
        .set({ link_count: sql`link_count + ${difference}` })
        .where('id', '=', groupId)
        .execute();
    }
  }
}
