import type { Change } from '../db/change.ts';
import type { Database } from '../db/database.ts';
import type { Platform } from './link-app.ts';

/** A saved app, as far as it tells whether something else means the same one. */
export interface KnownApp {
  readonly platform: Platform;
  readonly identifier: string;
  readonly storeUrl: string | null;
  readonly appStoreId: string | null;
  readonly customScheme: string | null;
}

/**
 * The apps each project has saved. Where anybody may say which app is opened (a long link, a key inside an app), these
 * are the ones that can be named, so that nobody's domain advertises somebody else's app.
 *
 * What is remembered stays until an edit is heard of: of one made elsewhere, a moment later.
 */
export class KnownApps {
  readonly #database: Database;
  readonly #remembered = new Map<number, readonly KnownApp[]>();
  /** Fences what was read before a change and would be remembered after it. */
  #changes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns rejects when the store cannot be asked */
  of(projectId: number): readonly KnownApp[] | Promise<readonly KnownApp[]> {
    return this.#remembered.get(projectId) ?? this.#load(projectId);
  }

  /** Follows committed edits, made here or heard of. */
  follow(changes: readonly Change[]): void {
    if (!changes.some(({ entity }) => entity === 'app')) return;
    this.#changes++;
    this.#remembered.clear();
  }

  async #load(projectId: number): Promise<readonly KnownApp[]> {
    const asOf = this.#changes;
    const rows = await this.#database.read
      .selectFrom('app')
      .select(['platform', 'identifier', 'store_url', 'app_store_id', 'custom_scheme'])
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null)
      .execute();
    const apps = rows.map((row) => ({
      platform: row.platform as Platform,
      identifier: row.identifier,
      storeUrl: row.store_url,
      appStoreId: row.app_store_id,
      customScheme: row.custom_scheme,
    }));
    if (asOf === this.#changes) this.#remembered.set(projectId, apps);
    return apps;
  }
}
