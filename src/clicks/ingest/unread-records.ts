import type { Segment } from '../journal/segment-directory.ts';
import { readSlice } from '../journal/segment-reader.ts';
import type { SegmentPosition } from './ingest-store.ts';

const SLICE_RECORDS = 2_000;
/** Counting shares its thread with ingest; a large backlog is counted in several calls. */
const DEFAULT_PATIENCE_MS = 500;

/** A segment from which something is still to be ingested. */
export interface UnreadSegment {
  readonly segment: Segment;
  /** How far the store is known to be. */
  readonly position: Pick<SegmentPosition, 'offset' | 'records'>;
  readonly sealed: boolean;
  /** Behind the position. */
  readonly bytes: number;
}

export interface UnreadCount {
  /** Exact, unless there is so much that counting has not come to its end yet: then the rest is judged by its bytes. */
  readonly records: number;
  readonly exact: boolean;
  /** When the first of them was made, milliseconds; null when there is none. */
  readonly oldestAt: number | null;
}

/** Records of a segment from its start up to an offset. */
interface Tally {
  readonly offset: number;
  readonly records: number;
}

/**
 * Counts the records that wait in the journal by reading their frames. What was counted is remembered, so every byte
 * is read once for this, however often somebody asks, and only if it is still waiting when somebody does.
 */
export class UnreadRecords {
  readonly #patienceMs: number;
  #tallies = new Map<string, Tally>();
  #oldest: { readonly uuid: string; readonly offset: number; readonly at: number } | undefined;

  constructor(patienceMs = DEFAULT_PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** @param unread in the order in which they are ingested */
  async count(unread: readonly UnreadSegment[]): Promise<UnreadCount> {
    const giveUpAt = performance.now() + this.#patienceMs;
    const wanted = new Set(unread.map(({ segment }) => segment.uuid));
    this.#tallies = new Map([...this.#tallies].filter(([uuid]) => wanted.has(uuid)));
    let counted = 0;
    let countedBytes = 0;
    let bytes = 0;
    for (const one of unread) {
      const tally = await this.#countOn(one, giveUpAt);
      counted += tally.records - one.position.records;
      countedBytes += tally.offset - one.position.offset;
      bytes += one.bytes;
    }
    // A torn tail is not counted and never will be: it is no estimate.
    const exact = performance.now() < giveUpAt || countedBytes >= bytes;
    return {
      records: exact ? counted : Math.round(counted * (bytes / Math.max(1, countedBytes))),
      exact,
      oldestAt: await this.#oldestOf(unread),
    };
  }

  async #countOn({ segment, position, sealed }: UnreadSegment, giveUpAt: number): Promise<Tally> {
    const known = this.#tallies.get(segment.uuid);
    let tally: Tally = known && known.offset >= position.offset ? known : position;
    while (performance.now() < giveUpAt) {
      const slice = await readSlice(segment, tally.offset, sealed, SLICE_RECORDS).catch(() => undefined);
      if (!slice || slice.to === tally.offset) break;
      tally = { offset: slice.to, records: tally.records + slice.records.length };
    }
    this.#tallies.set(segment.uuid, tally);
    return tally;
  }

  async #oldestOf(unread: readonly UnreadSegment[]): Promise<number | null> {
    for (const { segment, position, sealed, bytes } of unread) {
      if (bytes === 0) continue;
      const { uuid } = segment;
      if (this.#oldest?.uuid === uuid && this.#oldest.offset === position.offset) return this.#oldest.at;
      const slice = await readSlice(segment, position.offset, sealed, 1).catch(() => undefined);
      const at = slice?.records[0]?.at;
      if (at === undefined) continue;
      this.#oldest = { uuid, offset: position.offset, at };
      return at;
    }
    return null;
  }
}
