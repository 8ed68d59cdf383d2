import type { Expression, SqlBool } from 'kysely';

/**
 * What the engines do differently, asked for by capability and never by name. A query that needs two texts
 * has them side by side in the two dialects.
 */
export interface Dialect {
  /** Column type of an integer key that counts up and is never given twice, not even after a delete. */
  readonly identityColumn: string;

  /** Column type of bytes. */
  readonly blobColumn: string;

  /** Statements after which a column of bytes is stored as it is: what is dense already is not worth compressing. */
  readonly storeAsIs: (table: string, column: string) => readonly string[];

  /**
   * Whether `text` contains `needle`, ignoring case, every character of the needle taken literally.
   */
  contains(text: Expression<string | null>, needle: string): Expression<SqlBool>;

  /**
   * A setting out of a row's JSON, as a number: what is on or an instant as it is, true as 1, "off" as -1, unset as
   * null. For settings that are numbers or flags.
   */
  numericSetting(settings: Expression<string | null>, name: string): Expression<number | null>;

  /** Lock clause for rows read in order to be changed in the same transaction; empty where writers queue anyway. */
  readonly forUpdate: 'for no key update' | '';

  /** Lock clause for rows that must stay as they are until the end of the transaction; they can be shared. */
  readonly forShare: 'for share' | '';

  /**
   * Called in a transaction before it appends to the change log. Makes such transactions commit one after
   * another, so that change numbers become visible in order, and wakes the other processes at the commit.
   */
  announceChanges(tx: RawRunner): Promise<void>;

  /** Makes transactions that name the same queue come one after another, in whichever process. */
  takeTurnIn(tx: RawRunner, queue: string): Promise<void>;

  /** Statements after which a table's next ids are greater than `above`; run in one transaction. */
  readonly raiseIds: (table: string, above: number) => readonly string[];

  /** The database cannot be asked now (gone, stalled, refusing); asking later is right. */
  isUnavailable(error: unknown): boolean;

  /**
   * The engine has undone a whole transaction because of another one (they waited for each other, say); run once more
   * it may well succeed.
   */
  isConflict(error: unknown): boolean;
}

export interface RawRunner {
  execute(sql: string): Promise<void>;
}

/** No stored text has a NUL, and neither engine can be asked for one. */
export function canBeFound(needle: string): boolean {
  return !needle.includes('\0');
}

/** `like` pattern that finds `needle` literally anywhere; goes with `escape '\'`. */
export function containsPattern(needle: string): string {
  return `%${needle.replace(/[\\%_]/g, '\\$&')}%`;
}
