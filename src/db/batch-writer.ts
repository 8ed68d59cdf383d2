/** How ingest writes: many rows of few tables, all of a batch in one transaction. One per process. */
export interface BatchWriter {
  /**
   * Runs `work` in one transaction; and runs it again, a few times, when the engine gives it up because of another one.
   *
   * @throws Error inside another transaction
   */
  transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T>;
  /** The events outside a transaction; reads only. */
  readonly events: BatchReader;
  /** What ingest has to know of the configuration (a link's project, a project's zone); reads only. */
  readonly config: BatchReader;
  close(): Promise<void>;
}

export interface BatchReader {
  all<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>;
  /**
   * Asks one question about many rows at once. `sql` names them as the table `{asked}`, with the columns given and `n`,
   * the row's index.
   */
  allOf<Row>(sql: string, asked: AskedRows): Promise<Row[]>;
  /** For each row the rows of another table that belong to it, looked up one row after another by an index. */
  findEach<Row>(found: FoundRows, asked: AskedRows): Promise<(Row & { readonly n: number })[]>;
}

/** Parts of a `select`, which speaks of the given row as `asked`. */
export interface FoundRows {
  readonly select: string;
  readonly from: string;
  readonly where: string;
}

export interface AskedRows {
  readonly columns: Readonly<Record<string, 'bigint' | 'text'>>;
  readonly rows: readonly (readonly SqlValue[])[];
}

export interface BatchTransaction extends BatchReader {
  /** Ends a `select` that takes the rows it finds until the transaction ends, and leaves out what others have taken. */
  readonly skipLocked: string;
  /** As `BatchWriter.config`, for what turns out to be needed within the transaction: it waits for no other connection. */
  readonly config: BatchReader;
  /** The first thing a transaction does that must not run beside another of its kind, in whichever process. */
  takeTurnIn(queue: string): Promise<void>;
  /** Inserts every row; `onConflict` is an `on conflict …` clause both engines understand. */
  insertMany(insert: BatchInsert): Promise<void>;
  /** @returns how many rows were changed; parameters are written `$1`, `$2`, … */
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
}

export type SqlValue = string | number | Uint8Array | null;

export interface BatchInsert {
  readonly table: string;
  readonly columns: Readonly<Record<string, 'bigint' | 'integer' | 'text' | 'bytea'>>;
  /** One array a row, in the order of `columns`. */
  readonly rows: readonly (readonly SqlValue[])[];
  readonly onConflict?: string;
}
