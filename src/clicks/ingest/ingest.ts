import type { KeyObject } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import type { ClickReport } from '../click-report.ts';
import type { JournalPosition } from '../journal/click-journal.ts';
import { listSegments, type Segment, syncDirectory } from '../journal/segment-directory.ts';
import { HEADER_BYTES } from '../journal/segment-format.ts';
import { readSlice, type SegmentSlice } from '../journal/segment-reader.ts';
import { appEventTalliesOf } from './app-event-tallies.ts';
import { clicksBeforeApps } from './deferred-clicks.ts';
import { enrich } from './enrich.ts';
import type { GeoDatabase } from './geo-database.ts';
import type { IngestBatch, IngestStore, SegmentPosition } from './ingest-store.ts';
import { countersOf } from './link-counts.ts';
import { UnreadRecords, type UnreadSegment } from './unread-records.ts';

/** A transaction costs the same however many clicks are in it; this is a third of a second of work. */
const DEFAULT_BATCH_RECORDS = 10_000;
const DEFAULT_KEEP_MS = 6 * 60 * 60 * 1000;

export interface IngestOptions {
  readonly directory: string;
  readonly store: IngestStore;
  readonly visitorSecret: KeyObject;
  /** Without one no click has a country. */
  readonly geo?: GeoDatabase | undefined;
  readonly report: ClickReport;
  /** A batch ends with the frame that reaches it. */
  readonly batchRecords?: number;
  /** How long a finished segment stays on disk, so that a database rolled back to a backup replays itself. */
  readonly keepMs?: number;
  /** No journal is open on the directory: its last segment is sealed as well. */
  readonly writerGone?: boolean;
  readonly onStep?: (step: 'read' | 'enrich' | 'commit' | 'tidy', durationMs: number) => void;
}

export interface IngestProgress {
  readonly records: number;
  /** Nothing is left to do now. */
  readonly idle: boolean;
}

export interface IngestLag {
  readonly bytes: number;
  readonly segments: number;
}

/** What waits in the journal, in full. */
export interface IngestBacklog extends IngestLag {
  readonly records: number;
  /** Of the click that waits longest, milliseconds; null when none does. */
  readonly oldestAt: number | null;
}

const NOT_YET = { offset: 0, records: 0, finishedAt: null };

/**
 * Carries clicks from the journal into a store: read → enrich → commit, a batch at a time, segments in order. All it
 * knows is what the store says, so it may die or fail anywhere. IngestLoop calls `runOnce` and `expire` in turn.
 */
export class Ingest {
  readonly #options: IngestOptions;
  /** What the store is known to have; undefined when it has to be asked (again), as after any failure. */
  #positions: Map<string, SegmentPosition> | undefined;
  /** The same, and kept when the store cannot be asked: it has at least this. */
  #lastPositions: ReadonlyMap<string, SegmentPosition> | undefined;
  readonly #unread = new UnreadRecords();
  #ingested = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** Ingests one batch. @throws what the store or the file system throws; calling again is always right. */
  async runOnce(): Promise<IngestProgress> {
    try {
      const segments = await listSegments(this.#options.directory);
      const positions = await this.#knownPositions(segments);
      for (const segment of segments) {
        const position = positions.get(segment.uuid) ?? { ...segment, ...NOT_YET };
        if (position.finishedAt !== null) continue;
        const slice = await this.#timed('read', () => this.#read(segment, segments, position.offset));
        if (!slice || (slice.to === position.offset && !slice.finished)) continue;
        const batch = await this.#timed('enrich', () => this.#enrich(slice, position));
        await this.#timed('commit', () => this.#options.store.commit(batch));
        await this.#timed('tidy', () => this.#options.store.tidy());
        positions.set(segment.uuid, batch.to);
        this.#ingested += batch.clicks.length;
        // A database that was rolled back under us is noticed at the next segment at the latest.
        if (slice.finished) this.#positions = undefined;
        this.#reportSkipped(segment, slice);
        return { records: batch.clicks.length, idle: false };
      }
      return { records: 0, idle: true };
    } catch (error) {
      this.#positions = undefined;
      throw error;
    }
  }

  #read(segment: Segment, segments: readonly Segment[], from: number): Promise<SegmentSlice | undefined> {
    const hasSuccessor = segments.some((other) => other.sequence > segment.sequence);
    const sealed = hasSuccessor || this.#options.writerGone === true;
    return readSlice(segment, from, sealed, this.#options.batchRecords ?? DEFAULT_BATCH_RECORDS);
  }

  #enrich(slice: SegmentSlice, position: SegmentPosition): IngestBatch {
    const context = { secret: this.#options.visitorSecret, geo: this.#options.geo };
    return {
      fromOffset: position.offset,
      to: {
        uuid: position.uuid,
        sequence: position.sequence,
        offset: slice.to,
        records: position.records + slice.records.length,
        finishedAt: slice.finished ? Date.now() : null,
      },
      clicks: slice.records.map((record) => enrich(record, context)),
      counts: countersOf(slice.records),
      appEvents: appEventTalliesOf(slice.records),
      beforeApps: clicksBeforeApps(slice.records),
    };
  }

  async #knownPositions(segments: readonly Segment[]): Promise<Map<string, SegmentPosition>> {
    if (!this.#positions) {
      const known = await this.#options.store.loadPositions(segments.map(({ uuid }) => uuid));
      this.#positions = new Map(known.map((position) => [position.uuid, position]));
      this.#lastPositions = this.#positions;
    }
    return this.#positions;
  }

  async #timed<T>(step: 'read' | 'enrich' | 'commit' | 'tidy', work: () => T | Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#options.onStep?.(step, performance.now() - startedAt);
    }
  }

  #reportSkipped(segment: Segment, slice: SegmentSlice): void {
    for (const { from, to } of slice.skipped) {
      this.#options.report('ingest.bytes-skipped', { path: segment.path, from, to });
    }
  }

  /** Whether the store has everything up to the position. A segment that is not on disk has nothing to give. */
  async hasReached(position: JournalPosition): Promise<boolean> {
    const segments = await listSegments(this.#options.directory);
    const positions = await this.#knownPositions(segments);
    return segments.every((segment) => {
      if (segment.sequence > position.sequence) return true;
      const { offset, finishedAt } = positions.get(segment.uuid) ?? NOT_YET;
      if (finishedAt !== null) return true;
      return segment.uuid === position.uuid && position.offset <= Math.max(offset, HEADER_BYTES);
    });
  }

  /** Records that came into the store through this object. */
  get ingested(): number {
    return this.#ingested;
  }

  /**
   * What is written and not yet in the store. While the store cannot be asked, what it was last known to have counts;
   * that can be less than it has, and never more.
   */
  async lag(): Promise<IngestLag> {
    return lagOf(await this.#listUnread());
  }

  /** As `lag`, with the waiting records counted. */
  async backlog(): Promise<IngestBacklog> {
    const unread = await this.#listUnread();
    const { records, oldestAt } = await this.#unread.count(unread);
    return { ...lagOf(unread), records, oldestAt };
  }

  async #listUnread(): Promise<UnreadSegment[]> {
    const segments = await listSegments(this.#options.directory);
    const positions = this.#lastPositions ?? (await this.#knownPositions(segments));
    const last = segments.at(-1);
    const all = await Promise.all(
      segments.map(async (segment) => {
        const position = positions.get(segment.uuid) ?? NOT_YET;
        const sealed = segment.sequence !== last?.sequence || this.#options.writerGone === true;
        if (position.finishedAt !== null) return { segment, position, sealed, bytes: 0 };
        const size = await stat(segment.path).then(
          (file) => file.size,
          () => 0,
        );
        const bytes = Math.max(0, size - Math.max(position.offset, HEADER_BYTES));
        return { segment, position, sealed, bytes };
      }),
    );
    return all.filter(({ bytes }) => bytes > 0);
  }

  /**
   * Removes segments that were finished `keepMs` ago: first the files, for good, then their positions, because a file
   * without a position is new and would be counted again. For the same reason only positions of files deleted here are
   * forgotten: others may belong to another node of the same store. @returns how many
   */
  async expire(): Promise<number> {
    const { directory, store, keepMs = DEFAULT_KEEP_MS } = this.#options;
    const segments = await listSegments(directory);
    const positions = await this.#knownPositions(segments);
    const expired = segments.filter(({ uuid }) => {
      const finishedAt = positions.get(uuid)?.finishedAt;
      return typeof finishedAt === 'number' && finishedAt + keepMs <= Date.now();
    });
    if (expired.length === 0) return 0;
    await Promise.all(expired.map(({ path }) => rm(path, { force: true })));
    await syncDirectory(directory);
    const uuids = expired.map(({ uuid }) => uuid);
    await store.forgetSegments(uuids);
    for (const uuid of uuids) positions.delete(uuid);
    return expired.length;
  }
}

function lagOf(unread: readonly UnreadSegment[]): IngestLag {
  return { bytes: unread.reduce((sum, { bytes }) => sum + bytes, 0), segments: unread.length };
}
