import { type Kysely, sql, type Transaction } from 'kysely';
import type { Change } from './change.ts';
import { retryConflicts } from './conflict-retry.ts';
import type { Dialect, RawRunner } from './dialect.ts';
import type { Lookup } from './lookup.ts';
import type { ConfigTables } from './tables/config-tables.ts';
import type { EventTables } from './tables/event-tables.ts';
import { TransactionGuard } from './transaction-guard.ts';

/** Whoever only reads gets this; on SQLite it is a connection that cannot write. */
export type Reader = Kysely<ConfigTables & EventTables>;

/** The handle of an open transaction: whoever takes one writes, and can only be called inside `transact`. */
export interface Tx {
  readonly db: Transaction<ConfigTables>;
  /** Notes an edit. It is stored with the transaction and told to the listeners once that has committed. */
  record(change: Change): void;
}

export interface DatabaseParts {
  readonly read: Reader;
  readonly write: Kysely<ConfigTables>;
  readonly dialect: Dialect;
  readonly prepareLookup: <Row extends object>(text: string) => Lookup<Row>;
  readonly close: () => Promise<void>;
}

const CHANGES_PER_INSERT = 500;

/** The configuration database with reading access to the events. */
export class Database {
  readonly read: Reader;
  readonly dialect: Dialect;
  readonly prepareLookup: <Row extends object>(text: string) => Lookup<Row>;
  readonly #parts: DatabaseParts;
  readonly #listeners: ((changes: readonly Change[]) => void | Promise<void>)[] = [];
  readonly #guard = new TransactionGuard();
  #onRetry: (error: unknown) => void = () => {};
  #retries = 0;

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.read = parts.read;
    this.dialect = parts.dialect;
    this.prepareLookup = parts.prepareLookup;
  }

  /** Called after every commit that changed something; `transact` returns when it is done. Must not throw. */
  onCommit(listener: (changes: readonly Change[]) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  /** How often a transaction was run again, because another one stood in its way. */
  get retries(): number {
    return this.#retries;
  }

  /** Called with the reason whenever a transaction is run again. Must not throw. */
  onRetry(listener: (error: unknown) => void): void {
    this.#onRetry = listener;
  }

  /**
   * Runs `work` in one transaction; and runs it again, a few times, when the engine gives it up because of another
   * one. So nothing but database work may be awaited inside, and nothing outside may be changed; effects on the world
   * belong after it.
   *
   * @param actor who is doing this, for the change log: `key:<public id>`, `cli`, `system`
   * @throws Error inside another transaction
   */
  async transact<T>(actor: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { result, changes } = await this.#guard.run(() =>
      retryConflicts(() => this.#attempt(actor, work), {
        isConflict: (error) => this.dialect.isConflict(error),
        onRetry: (error) => {
          this.#retries++;
          this.#onRetry(error);
        },
      }),
    );
    if (changes.length > 0) for (const listener of this.#listeners) await listener(changes);
    return result;
  }

  async #attempt<T>(actor: string, work: (tx: Tx) => Promise<T>) {
    const changes: Change[] = [];
    const result = await this.#parts.write.transaction().execute(async (db) => {
      const worked = await work({ db, record: (change) => changes.push(change) });
      if (changes.length > 0) await this.#appendChanges(db, actor, changes);
      return worked;
    });
    return { result, changes };
  }

  /**
   * Lets this transaction wait for every other that changes configuration, in whichever process, so that "make it
   * if it is not there" makes one.
   */
  async takeTurn(tx: Tx): Promise<void> {
    await this.dialect.announceChanges(runnerOn(tx.db));
  }

  /**
   * Lets this transaction wait for those that name the same queue, and for nobody else. The first thing a transaction
   * does: it must not hold what somebody in front of it still needs.
   */
  async takeTurnIn(tx: Tx, queue: string): Promise<void> {
    await this.dialect.takeTurnIn(runnerOn(tx.db), queue);
  }

  /** Makes every new row of a table get an id greater than `above`. */
  async raiseIds(table: keyof ConfigTables, above: number): Promise<void> {
    if (!Number.isSafeInteger(above)) throw new RangeError(`${above} is no id`);
    await this.#guard.run(() =>
      this.#parts.write.transaction().execute(async (db) => {
        for (const statement of this.dialect.raiseIds(table, above)) await runnerOn(db).execute(statement);
      }),
    );
  }

  async #appendChanges(
    db: Transaction<ConfigTables>,
    actor: string,
    changes: readonly Change[],
  ): Promise<void> {
    await this.dialect.announceChanges(runnerOn(db));
    const at = Date.now();
    const rows = changes.map((change) => ({
      at,
      project_id: change.projectId,
      actor,
      entity: change.entity,
      entity_id: change.entityId,
      public_id: change.publicId,
      action: change.action,
      version: change.version,
      data: JSON.stringify(change.data),
      codes: JSON.stringify(change.codes),
    }));
    for (let start = 0; start < rows.length; start += CHANGES_PER_INSERT) {
      await db
        .insertInto('change')
        .values(rows.slice(start, start + CHANGES_PER_INSERT))
        .execute();
    }
  }

  /** It cannot be done now, and may be later: the database is away, or others stood in the way again and again. */
  isUnavailable(error: unknown): boolean {
    return this.dialect.isUnavailable(error) || this.dialect.isConflict(error);
  }

  /** Throws while the store cannot be asked. */
  async ping(): Promise<void> {
    await Promise.all([sql`select 1`.execute(this.read), sql`select 1`.execute(this.#parts.write)]);
  }

  async close(): Promise<void> {
    await this.#parts.close();
  }
}

function runnerOn(db: Transaction<ConfigTables>): RawRunner {
  return {
    async execute(text) {
      await sql.raw(text).execute(db);
    },
  };
}
