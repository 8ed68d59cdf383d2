/**
 * A file that cannot be read as what it is said to be, as a whole: it has no column for destinations, it is no text.
 * The message is a sentence that says what to do.
 */
export class SourceError extends Error {}

/** A link as a file of another service tells of it, in the words of our own API. */
export interface ImportedLink {
  readonly kind: 'link';
  /** Host, and path prefix if it has one; absent: the default domain. */
  readonly domain?: string;
  /** Absent: any. */
  readonly code?: string;
  readonly destination: string;
  readonly title?: string;
  readonly description?: string;
  readonly imageUrl?: string;
  readonly memo?: string;
  /** Name of a group; made when there is none. */
  readonly group?: string;
  readonly tags?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly campaign?: Readonly<Record<string, string>>;
  readonly social?: Readonly<Record<string, string>>;
  readonly apps?: Readonly<Record<string, unknown>>;
  readonly appRouting?: Readonly<Record<string, unknown>>;
  readonly desktopUrl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly externalId?: string;
  readonly deleteAt?: string;
  readonly createdAt?: string;
  /** Counted so far, there: an opening balance. */
  readonly clicks?: number;
  readonly visitors?: number;
  readonly id?: string;
}

/** An `ImportedLink`, or whatever a line of our own export is; looked at field by field when it is taken. */
export type Row = Readonly<Record<string, unknown>>;

/** What a reader made of one row: something to take, or why there is nothing to take. */
export type Reading =
  | {
      readonly row: Row /** What was left out or changed, for the report. */;
      readonly notes: readonly string[];
    }
  | {
      readonly problem: string;
      /** For the report, where there is one. */
      readonly destination?: string | undefined;
    };

/** One row of a table, asked by the names the source gave its columns. */
export interface TableRow {
  /** Without the spaces around it; empty when the cell or its column is not there. */
  get(field: string): string;
}

/** The columns of a source: by our own name, under which headings they come. A file may have one of them. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** How the files of one service are read. Pure: it is handed rows and items one after another. */
export interface Source {
  /** What people call where it comes from. */
  readonly name: string;
  readonly table?: {
    readonly columns: Columns;
    /** Names of columns without which there is nothing to read; of an inner list one is enough. */
    readonly needed: readonly (readonly string[])[];
    /** For files without a line of headings: the columns in their order. */
    readonly order?: readonly string[];
    /** How databases write that a cell has no value. */
    readonly nothing?: string;
    /** People may have made it as they like: what a column is that nothing is known of cannot be told. */
    readonly isAnybodys?: boolean;
    read(row: TableRow): Reading | readonly Reading[];
  };
  readonly json?: {
    /** Where in a document the items are: names of members, `*` for any member or element. */
    readonly items: readonly (readonly string[])[];
    /** Of objects that people make as they like: their members, called as columns are. */
    readonly columns?: Columns;
    /** One item may stand for several links. */
    read(item: Readonly<Record<string, unknown>>): Reading | readonly Reading[];
  };
}
