import type { AppEventTally } from './app-event-tallies.ts';
import type { ClickBeforeApp } from './deferred-clicks.ts';
import type { EnrichedClick } from './enrich.ts';
import type { LinkCounts } from './link-counts.ts';

/** How far a segment has been ingested. */
export interface SegmentPosition {
  readonly uuid: string;
  readonly sequence: number;
  /** Bytes of the segment whose clicks are in the store. */
  readonly offset: number;
  readonly records: number;
  /** When the sealed segment had been read to its end; null while there may be more. */
  readonly finishedAt: number | null;
}

/** Whole frames of one segment, and what they change. */
export interface IngestBatch {
  /** `to.offset` may equal it, when all that is new is that the segment is finished. */
  readonly fromOffset: number;
  readonly to: SegmentPosition;
  readonly clicks: readonly EnrichedClick[];
  readonly counts: readonly LinkCounts[];
  readonly appEvents?: readonly AppEventTally[];
  /** Those of the clicks of which apps may be told. */
  readonly beforeApps?: readonly ClickBeforeApp[];
}

/** The store is elsewhere than the batch supposes; nothing was written. */
export class PositionMoved extends Error {
  override name = 'PositionMoved';
  constructor(batch: IngestBatch) {
    super(`Segment ${batch.to.uuid} is no longer at ${batch.fromOffset} in the store`);
  }
}

/** Where clicks go. Any rejection means "perhaps written": ingest asks for the positions again and tries again. */
export interface IngestStore {
  /** Those of the given segments that are known; a segment that is not is ingested from its start. */
  loadPositions(uuids: readonly string[]): Promise<SegmentPosition[]>;

  /**
   * Writes clicks, counters, statistics and position in ONE transaction, which first moves the position, compare-and-set: with
   * `fromOffset` 0 by inserting a row (a row that exists is a conflict), else by updating the one row that has this
   * uuid, this offset and no `finishedAt`. If that changes no row: roll back and throw PositionMoved. So a range is
   * never applied twice, whoever else is ingesting and whatever became of an earlier attempt.
   */
  commit(batch: IngestBatch): Promise<void>;

  /** Work that can wait, a piece at a time, when there is nothing to commit. @returns whether any was left to do */
  tidy(): Promise<boolean>;

  /** Their files are gone for good. */
  forgetSegments(uuids: readonly string[]): Promise<void>;
}
