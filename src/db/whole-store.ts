import type { Cell, StoreLevel, StoreShape, TableShape } from './table-shape.ts';

/** How the rows of a table are read. */
export interface TableReading {
  readonly table: TableShape;
  /** Expressions that are read in the place of columns. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What is read in the place of the table: a `select` in brackets, of the same columns. */
  readonly from?: string;
  /** A cell may be large: few rows are held at once. */
  readonly isLarge?: boolean;
}

/** All rows of a store as they were at one moment, while others go on writing. */
export interface WholeStoreReader {
  readonly level: StoreLevel;
  /** The highest number the table has ever given, also of rows that are gone; 0 for none. */
  lastId(table: string): Promise<number>;
  /** Page by page, in the order of the primary key, which is the same on every engine. One table at a time. */
  pages(reading: TableReading): AsyncIterable<readonly (readonly Cell[])[]>;
  /** How many connections of others use the store now, where that can be told. */
  othersConnected(): Promise<number>;
  close(): Promise<void>;
}

/** Takes the rows of one table. */
export interface RowSink {
  take(rows: readonly (readonly Cell[])[]): Promise<void>;
  end(): Promise<void>;
}

/** @param lastId the table's next ids are greater */
export type OpenSink = (table: TableShape, lastId: number) => Promise<RowSink>;

/** Fills a store where there is none, all at once or not at all. */
export interface WholeStoreLoader {
  /** @returns what is in the way, as a part of a sentence; undefined when there is room */
  inTheWay(): Promise<string | undefined>;
  /**
   * Makes tables of the shape's level, lets `fill` fill them, and brings them up to date.
   *
   * @param mark what this is a copy of: told by `cutShort`, should the process end before the last step
   * @throws StoreError when rows contradict each other; then, as after any error, nothing has changed
   */
  load(shape: StoreShape, mark: string, fill: (open: OpenSink) => Promise<void>): Promise<void>;
  /** Does the last step of a load that was cut short before it. @returns its mark; undefined when there was none */
  finishCutShort(): Promise<string | undefined>;
  close(): Promise<void>;
}
