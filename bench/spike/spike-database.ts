/** One candidate's tables on one engine, with nothing else beside them, so that their size is the database's. */
export interface SpikeDatabase {
  /** Statements without parameters, separated by semicolons. */
  exec(sql: string): Promise<void>;
  /** Parameters are written `$1`, `$2`, … */
  all<Row>(sql: string, parameters?: readonly number[]): Promise<Row[]>;
  /** Inserts all rows in one transaction that is on the disk when it returns. */
  insert(insert: SpikeInsert): Promise<void>;
  /** After this, statistics of the planner are fresh and nothing waits to be written. */
  settle(): Promise<void>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface SpikeInsert {
  readonly table: string;
  readonly columns: Readonly<Record<string, 'bigint' | 'bytea' | 'text'>>;
  /** One array a row, in the order of `columns`. */
  readonly rows: readonly (readonly (number | string | Uint8Array)[])[];
  /** An `on conflict …` clause. */
  readonly onConflict?: string;
}

export interface SpikeEngine {
  readonly name: string;
  /** How columns of bytes are declared. */
  readonly blobType: string;
  /** Ends a `create table` whose rows should lie in the order of its primary key, where the engine can. */
  readonly clustered: string;
  /** A statement by which bytes are kept as they are; empty where they always are. */
  storedAsIs(table: string, column: string): string;
  open(candidate: string): Promise<SpikeDatabase>;
  /** CPU time that the database opened last has used outside of this process. */
  serverCpuUs(): number;
  stop(): Promise<void>;
}

export type EngineName = 'sqlite' | 'postgres';
