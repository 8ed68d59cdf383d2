import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';

const LOOKED_AT_ONCE = 500;

/** Forgets what was read of pages that no living link leads to any more: some at a time, over and over. */
export class UnusedPreviews {
  readonly #database: Database;
  /** The last row that was looked at. */
  #after = '';

  constructor(database: Database) {
    this.#database = database;
  }

  async forgetSome(): Promise<void> {
    const looked = await this.#database.read
      .selectFrom('page_preview')
      .select((eb) => [
        'url_hash',
        eb
          .exists(
            eb
              .selectFrom('link_route')
              .innerJoin('link', 'link.id', 'link_route.link_id')
              .select('link.id')
              // By the index, which has no more than the beginning of the hash.
              .where('link_route.destination_hash', '=', sql<string>`substr(page_preview.url_hash, 1, 16)`)
              .whereRef('link_route.destination', '=', 'page_preview.url')
              .where('link.deleted_at', 'is', null),
          )
          .as('is_used'),
      ])
      .where('url_hash', '>', this.#after)
      .orderBy('url_hash')
      .limit(LOOKED_AT_ONCE)
      .execute();
    this.#after = looked.length < LOOKED_AT_ONCE ? '' : (looked.at(-1)?.url_hash ?? '');
    const unused = looked.filter(({ is_used }) => !is_used).map(({ url_hash }) => url_hash);
    if (unused.length === 0) return;
    await this.#database.transact('system', (tx) =>
      tx.db.deleteFrom('page_preview').where('url_hash', 'in', unused).execute(),
    );
  }
}
