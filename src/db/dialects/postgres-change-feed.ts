import type { Kysely, Selectable } from 'kysely';
import type pg from 'pg';
import { type Change, changeFromRow } from '../change.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ChangeTable, ConfigTables } from '../tables/config-tables.ts';
import { CHANGE_CHANNEL, hangUp } from './postgres.ts';

const POLL_MS = 300;
/** Older than this and the process admits that it may be behind. */
const CURRENT_FOR_MS = 1_500;
const BATCH = 1_000;

/**
 * Follows the `change` table by its numbers. Numbers are given under a lock that is held until the commit
 * (`announceChanges`), so they become visible in order and "greater than the last seen" misses none.
 *
 * `NOTIFY` only shortens the wait; a lost notification costs one polling interval. Every interval without an
 * answer makes the feed stale, which is also how the process notices that the database is away.
 */
export class PostgresChangeFeed implements ChangeFeed {
  readonly #db: Kysely<ConfigTables>;
  readonly #connect: () => pg.Client;
  #listener: ((changes: readonly Change[]) => void) | undefined;
  #client: pg.Client | undefined;
  #lastId = 0;
  #heardAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(db: Kysely<ConfigTables>, connect: () => pg.Client) {
    this.#db = db;
    this.#connect = connect;
  }

  get current(): boolean {
    return performance.now() - this.#heardAt < CURRENT_FOR_MS;
  }

  async start(listener: (changes: readonly Change[]) => void): Promise<void> {
    this.#listener = listener;
    const last = await this.#db
      .selectFrom('change')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirst();
    this.#lastId = last?.id ?? 0;
    this.#heardAt = performance.now();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#wake(), POLL_MS);
  }

  #wake(): void {
    if (this.#polling) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#polling = this.#poll().finally(() => {
      this.#polling = undefined;
      if (this.#again && !this.#stopped) {
        this.#again = false;
        this.#wake();
      } else {
        this.#schedule();
      }
    });
  }

  async #poll(): Promise<void> {
    const askedAt = performance.now();
    try {
      for (;;) {
        const rows = await this.#db
          .selectFrom('change')
          .selectAll()
          .where('id', '>', this.#lastId)
          .orderBy('id')
          .limit(BATCH)
          .execute();
        if (rows.length > 0) this.#tell(rows as Selectable<ChangeTable>[]);
        if (rows.length < BATCH) break;
      }
      this.#heardAt = askedAt;
      // Not waited for: a connection that is slow to open must not keep the next question from being asked.
      if (!this.#client) void this.#listen();
    } catch {
      // The feed is stale now and says so; the next interval tries again.
    }
  }

  #tell(rows: Selectable<ChangeTable>[]): void {
    this.#listener?.(rows.map(changeFromRow));
    this.#lastId = rows.at(-1)?.id ?? this.#lastId;
  }

  async #listen(): Promise<void> {
    const client = this.#connect();
    const lost = () => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', () => this.#wake());
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANGE_CHANNEL}`);
    } catch {
      lost();
      hangUp(client);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#polling;
    if (this.#client) hangUp(this.#client);
  }
}
