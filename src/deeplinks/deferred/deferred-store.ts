import type { Database } from '../../db/database.ts';
import type { Platform } from '../../links/link-app.ts';
import { ASKING_AGAIN_MS } from './deferred-claim.ts';

/** A click by a device for which the link had an app. */
export interface DeferredClick {
  readonly clickId: string;
  readonly linkId: number;
  readonly query: string;
  /** Version of the password that has let the visitor in; null where none was needed. */
  readonly unlocked: string | null;
  readonly isClaimed: boolean;
}

/** Clicks of one network and platform that are alike in all that can be compared. */
export interface LikeClicks {
  readonly linkId: number;
  readonly query: string;
  readonly osVersion: string;
  readonly language: string;
  /** The newest: click ids sort by time. */
  readonly clickId: string;
}

/** A network with more different clicks than that is a crowd, and nobody can be told apart in it. */
export const MOST_CANDIDATES = 100;

/** Reads what ingest has noted of clicks that apps may ask for. */
export class DeferredStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a device is told nothing any more. */
  async isAnswered(projectId: number, device: string, now: number): Promise<boolean> {
    const row = await this.#database.read
      .selectFrom('deferred_device')
      .select(['at', 'click_id'])
      .where('project_id', '=', projectId)
      .where('device', '=', device)
      .executeTakeFirst();
    return row !== undefined && (row.click_id !== null || row.at <= now - ASKING_AGAIN_MS);
  }

  /** Whether a click has come into the tables, whoever it belongs to. */
  async hasClick(clickId: string): Promise<boolean> {
    const row = await this.#database.read
      .selectFrom('deferred_click')
      .select('at')
      .where('click_id', '=', clickId)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** A click that an app on that platform may be told of: an installation follows from none on the other. */
  async findClick(
    projectId: number,
    clickId: string,
    platform: Platform,
    now: number,
  ): Promise<DeferredClick | undefined> {
    const row = await this.#database.read
      .selectFrom('deferred_click')
      .select(['click_id', 'link_id', 'query', 'unlocked', 'claimed_at'])
      .where('click_id', '=', clickId)
      .where('project_id', '=', projectId)
      .where('platform', '=', platform)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    if (!row) return undefined;
    const { click_id, link_id: linkId, query, unlocked, claimed_at } = row;
    return { clickId: click_id, linkId, query, unlocked, isClaimed: claimed_at !== null };
  }

  /** Those nobody was told of; at most one more than `MOST_CANDIDATES`. */
  async listLikeClicks(
    projectId: number,
    network: string,
    platform: Platform,
    since: number,
  ): Promise<LikeClicks[]> {
    const rows = await this.#database.read
      .selectFrom('deferred_click')
      .select(({ fn }) => ['link_id', 'query', 'os_version', 'language', fn.max('click_id').as('click_id')])
      .where('project_id', '=', projectId)
      .where('network', '=', network)
      .where('platform', '=', platform)
      .where('at', '>=', since)
      .where('claimed_at', 'is', null)
      .groupBy(['link_id', 'query', 'os_version', 'language'])
      .limit(MOST_CANDIDATES + 1)
      .execute();
    return rows.map((row) => ({
      linkId: row.link_id,
      query: row.query,
      osVersion: row.os_version,
      language: row.language,
      clickId: row.click_id,
    }));
  }
}
