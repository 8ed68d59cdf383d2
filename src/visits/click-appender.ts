import type { ClickRecord } from '../clicks/click-record.ts';
import type { JournalWaiter } from '../clicks/journal/click-journal.ts';

/** The append-only side of the journal: all that a visit may do with it. */
export interface ClickAppender {
  append(record: ClickRecord, waiter: JournalWaiter): void;
  readonly writable: boolean;
}
