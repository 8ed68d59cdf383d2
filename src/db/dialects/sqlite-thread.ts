import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Dialect as KyselyDialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { threadUrl } from '../../observability/thread-url.ts';

export interface SqliteThreadOptions {
  readonly file: string;
  readonly readonly: boolean;
  /** Further files whose tables are visible on the same connection. */
  readonly attach?: Readonly<Record<string, string>>;
  readonly synchronous: 'full' | 'normal';
}

export type ThreadRequest = {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
};
export type ThreadAnswer =
  | { readonly id: number; readonly rows: unknown[]; readonly changes: number; readonly lastId: number }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string | undefined } };

/** An error of SQLite that happened in another thread; `code` is SQLite's own, such as `SQLITE_BUSY`. */
export class SqliteThreadError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'SqliteThreadError';
    this.code = code;
  }
}

/**
 * Kysely over one SQLite connection that lives in a thread of its own: a slow search, a commit waiting for the
 * disk or a file locked by somebody's shell never stops the thread that answers visits.
 */
export class SqliteThreadDialect implements KyselyDialect {
  readonly #options: SqliteThreadOptions;

  constructor(options: SqliteThreadOptions) {
    this.#options = options;
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#options);
  }

  createAdapter() {
    return new TransactionalDdlAdapter();
  }

  createQueryCompiler() {
    return new SqliteQueryCompiler();
  }

  createIntrospector(db: ConstructorParameters<typeof SqliteIntrospector>[0]) {
    return new SqliteIntrospector(db);
  }
}

/** SQLite rolls back DDL like anything else, so a migration happens whole or not at all. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ThreadDriver implements Driver {
  readonly #options: SqliteThreadOptions;
  #connection: ThreadConnection | undefined;

  constructor(options: SqliteThreadOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    this.#connection = await ThreadConnection.open(this.#options);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (!this.#connection) throw new Error('the SQLite thread is not running');
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#options.readonly ? 'begin' : 'begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: ThreadAnswer) => void>();
  #lastId = 0;
  #ended: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: ThreadAnswer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(new Error('the SQLite thread has ended')));
  }

  static async open(options: SqliteThreadOptions): Promise<ThreadConnection> {
    const worker = new Worker(threadUrl('./sqlite-thread-worker', import.meta.url), { workerData: options });
    const connection = new ThreadConnection(worker);
    await connection.executeQuery(CompiledQuery.raw('select 1'));
    return connection;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const [id, settle] of this.#waiting) {
      settle({ id, error: { message: this.#ended.message, code: 'THREAD_ENDED' } });
    }
    this.#waiting.clear();
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#ended) throw new SqliteThreadError(this.#ended.message, 'THREAD_ENDED');
    const id = ++this.#lastId;
    const answer = await new Promise<ThreadAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, sql, parameters } satisfies ThreadRequest);
    });
    if ('error' in answer) throw new SqliteThreadError(answer.error.message, answer.error.code);
    return {
      rows: answer.rows as R[],
      numAffectedRows: BigInt(answer.changes),
      insertId: BigInt(answer.lastId),
    };
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator; nothing here streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming over the SQLite thread is not supported');
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage('close');
    await exit;
  }
}
