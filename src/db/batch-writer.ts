/** How ingest writes: many rows of few tables, all of a batch in one transaction. One per process. */
export interface BatchWriter {
  transact<T>(work: (tx: BatchTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface BatchTransaction {
  /** Inserts every row; `onConflict` is an `on conflict …` clause both engines understand. */
  insertMany(insert: BatchInsert): Promise<void>;
  /** @returns how many rows were changed; parameters are written `$1`, `$2`, … */
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  all<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>;
}

export type SqlValue = string | number | null;

export interface BatchInsert {
  readonly table: string;
  readonly columns: Readonly<Record<string, 'bigint' | 'integer' | 'text'>>;
  /** One array a row, in the order of `columns`. */
  readonly rows: readonly (readonly SqlValue[])[];
  readonly onConflict?: string;
}
