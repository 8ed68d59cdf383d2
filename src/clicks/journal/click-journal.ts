import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import type { ClickRecord } from '../click-record.ts';
import type { ClickReport } from '../click-report.ts';
import { adoptDrafts, segmentsAmong } from './segment-directory.ts';
import { SegmentFile } from './segment-file.ts';
import { FrameEncoder } from './segment-format.ts';

/*
 * The life of a segment
 *
 *   active    Made by this process and the only one written to. Its successor is created after its last write, so
 *             whoever sees a later sequence number knows that this one has got all it will ever get.
 *   sealed    Full, old, failed, or its process has ended. Never appended to again, by nobody: a restart always
 *             begins a new segment, so that a torn tail stays a tail.
 *             One whose file has vanished and cannot be put back yet is `stranded`: its bytes are held until it can.
 *   ingested  Ingest has read it to its end and the store says so (`finishedAt`). Kept for some hours, because a
 *             database that is rolled back to a backup then replays it.
 *   removed   Deleted from disk, then forgotten by the store; in this order, since a file without a position is new.
 *
 * SegmentFile asserts the first two, Ingest the others. A click is `pending` until the turn of the event loop ends,
 * then it is written with all others of the turn in one frame and one write; then its waiter is told.
 */

const DEFAULT_SEGMENT_BYTES = 32 * 1024 * 1024;
const DEFAULT_SEGMENT_AGE_MS = 10 * 60 * 1000;
const DEFAULT_SYNC_EVERY_MS = 50;
const RETRY_AFTER_MS = 250;

/** Who waits for a click to be journalled; an object and not two closures, because a visit already is one. */
export interface JournalWaiter {
  journalled(): void;
  /** The click is not recorded. */
  refused(error: Error): void;
}

/** All before `offset` in this segment, and everything in earlier ones. */
export interface JournalPosition {
  readonly sequence: number;
  readonly uuid: string;
  readonly offset: number;
}

export interface JournalStatus {
  readonly writable: boolean;
  /** Clicks refused since the start. */
  readonly refused: number;
  readonly segmentSequence: number;
  /** Of segments whose file is gone and cannot be put back yet; they are in no lag. */
  readonly strandedBytes: number;
  readonly lastError: string | null;
}

export interface JournalOptions {
  readonly directory: string;
  /** What `journalled` means: the operating system has it (survives a kill), or the disk has it (survives power loss). */
  readonly durability: 'process' | 'disk';
  readonly report: ClickReport;
  /** Called after each write, when its waiters have been told. */
  readonly onWritten?: (position: JournalPosition) => void;
  readonly segmentBytes?: number;
  readonly segmentAgeMs?: number;
  readonly syncEveryMs?: number;
}

export class ClickJournal {
  readonly #options: JournalOptions;
  readonly #segmentBytes: number;
  readonly #segmentAgeMs: number;
  readonly #encoder = new FrameEncoder();
  readonly #upkeepTimer: NodeJS.Timeout;
  readonly #closing = new Set<Promise<void>>();
  readonly #stranded = new Set<SegmentFile>();
  /** The latest segment. The journal is writable as long as it is active. */
  #segment: SegmentFile;
  #records: ClickRecord[] = [];
  #waiters: JournalWaiter[] = [];
  #dirty = false;
  #closed = false;
  #resumeExpected = false;
  #noAttemptBefore = 0;
  #noRescueBefore = 0;
  #refused = 0;
  #lastError: Error | undefined;

  /** @throws when the directory cannot be written: better refused at the start than a server that records nothing. */
  static open(options: JournalOptions): ClickJournal {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    for (const { path } of adoptDrafts(options.directory)) options.report('journal.rescued', { path });
    const latest = segmentsAmong(options.directory, readdirSync(options.directory)).at(-1);
    return new ClickJournal(options, (latest?.sequence ?? 0) + 1);
  }

  private constructor(options: JournalOptions, sequence: number) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.#segmentAgeMs = options.segmentAgeMs ?? DEFAULT_SEGMENT_AGE_MS;
    this.#segment = this.#newSegment(sequence);
    this.#upkeepTimer = setInterval(() => this.#upkeep(), options.syncEveryMs ?? DEFAULT_SYNC_EVERY_MS);
    this.#upkeepTimer.unref();
  }

  /** The waiter hears of it in a later turn, always: also when the journal is unavailable. */
  append(record: ClickRecord, waiter: JournalWaiter): void {
    this.#waiters.push(waiter);
    if (this.#records.push(record) === 1) setImmediate(this.#writePending);
  }

  position(): JournalPosition {
    const { sequence, uuid, offset } = this.#segment;
    return { sequence, uuid, offset };
  }

  status(): JournalStatus {
    return {
      writable: this.#segment.active,
      refused: this.#refused,
      segmentSequence: this.#segment.sequence,
      strandedBytes: [...this.#stranded].reduce((sum, { offset }) => sum + offset, 0),
      lastError: this.#lastError?.message ?? null,
    };
  }

  /** Writes what is pending, now; resolves when its waiters have been told. */
  async flush(): Promise<JournalPosition> {
    this.#writePending();
    const position = this.position();
    if (this.#options.durability === 'disk') await this.#segment.synced().catch(() => undefined);
    return position;
  }

  /** For readiness: tries to recover, and says whether a write would work as far as can be told without one. */
  probe(): boolean {
    this.#upkeep();
    if (!this.#segment.active) return false;
    try {
      accessSync(this.#segment.path, constants.W_OK);
      return true;
    } catch (error) {
      this.#lastError = error as Error;
      return false;
    }
  }

  /** Flushes, syncs, lets go of the file; later appends are refused. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flush();
    this.#closed = true;
    clearInterval(this.#upkeepTimer);
    if (this.#segment.active) this.#retire(this.#segment);
    this.#retireStranded();
    this.#lastError ??= new Error('The click journal is closed');
    await Promise.all(this.#closing);
    for (const segment of this.#stranded) {
      this.#options.report('journal.segment-lost', { path: segment.path, bytes: segment.offset });
      segment.letGo();
    }
  }

  readonly #writePending = (): void => {
    if (this.#records.length === 0) return;
    const records = this.#records;
    const waiters = this.#waiters;
    this.#records = [];
    this.#waiters = [];
    const segment = this.#segment;
    if (!segment.active) {
      this.#refuse(waiters);
      return;
    }
    try {
      segment.write(this.#encoder.encode(records));
    } catch (error) {
      // A record too large to encode does the segment no harm.
      if (segment.active) this.#lastError = error as Error;
      else this.#abandon(segment, error as Error);
      this.#refuse(waiters);
      return;
    }
    this.#dirty = true;
    if (this.#options.durability === 'process') this.#written(waiters, this.position());
    else this.#writtenWhenSynced(segment, waiters, this.position());
    if (segment.offset >= this.#segmentBytes) this.#openNext();
  };

  #written(waiters: readonly JournalWaiter[], position: JournalPosition): void {
    for (const waiter of waiters) this.#tell(() => waiter.journalled());
    this.#tell(() => this.#options.onWritten?.(position));
  }

  #writtenWhenSynced(
    segment: SegmentFile,
    waiters: readonly JournalWaiter[],
    position: JournalPosition,
  ): void {
    segment.synced().then(
      () => this.#written(waiters, position),
      (error: Error) => {
        this.#syncFailed(segment, error);
        this.#refuse(waiters);
      },
    );
  }

  #refuse(waiters: readonly JournalWaiter[]): void {
    this.#refused += waiters.length;
    const error = this.#lastError ?? new Error('The click journal is unavailable');
    for (const waiter of waiters) this.#tell(() => waiter.refused(error));
  }

  /** One visitor's defect must not cost the others their answer. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.report('journal.waiter-failed', { error });
    }
  }

  /** Every `syncEveryMs`: what is dirty is synced, and what time or other people did to the segment is noticed. */
  #upkeep(): void {
    if (this.#closed) return;
    if (performance.now() >= this.#noRescueBefore) this.#retireStranded();
    if (this.#segment.active) this.#rescueIfVanished();
    else this.#openNext();
    const segment = this.#segment;
    if (!segment.active) return;
    if (this.#dirty) {
      this.#dirty = false;
      segment.synced().catch((error: Error) => this.#syncFailed(segment, error));
    }
    if (!segment.empty && Date.now() - segment.createdAt >= this.#segmentAgeMs) this.#openNext();
  }

  #rescueIfVanished(): void {
    const segment = this.#segment;
    try {
      if (segment.isCut()) throw new Error('Somebody has written over the file of the segment');
      if (!segment.vanished()) return;
      segment.rescue();
      this.#dirty = true;
    } catch (error) {
      this.#abandon(segment, error as Error);
    }
  }

  #syncFailed(segment: SegmentFile, error: Error): void {
    const current = segment.active;
    if (this.#options.durability === 'disk') segment.takeBackUnsynced();
    if (current) this.#abandon(segment, error);
  }

  /** After a failure a segment is never trusted again. Its successor is tried at once, then every RETRY_AFTER_MS. */
  #abandon(segment: SegmentFile, error: Error): void {
    this.#lastError = error;
    this.#resumeExpected = true;
    this.#options.report('journal.segment-abandoned', { path: segment.path, offset: segment.offset, error });
    this.#retire(segment);
    this.#openNext();
    this.#noAttemptBefore = performance.now() + RETRY_AFTER_MS;
    if (!this.#segment.active) this.#options.report('journal.unavailable', { error: this.#lastError });
  }

  /** Rotates, or resumes. When it fails, an active segment is simply used longer. */
  #openNext(): void {
    if (performance.now() < this.#noAttemptBefore) return;
    try {
      // What has a successor is read to its end: it must be whole by then.
      if (this.#segment.active && this.#segment.vanished()) this.#segment.rescue();
      const next = this.#newSegment(this.#segment.sequence + 1);
      if (this.#segment.active) this.#retire(this.#segment);
      this.#segment = next;
    } catch (error) {
      this.#lastError = error as Error;
      this.#noAttemptBefore = performance.now() + RETRY_AFTER_MS;
      return;
    }
    if (!this.#resumeExpected) return;
    this.#resumeExpected = false;
    this.#options.report('journal.resumed', { path: this.#segment.path, refused: this.#refused });
  }

  #newSegment(sequence: number): SegmentFile {
    return new SegmentFile(this.#options.directory, sequence, ({ path, offset }) =>
      this.#options.report('journal.rescued', { path, bytes: offset }),
    );
  }

  #retire(segment: SegmentFile): void {
    segment.seal();
    const closing = segment
      .close()
      .catch((error: Error) => this.#closeFailed(segment, error))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #closeFailed(segment: SegmentFile, error: Error): void {
    this.#lastError = error;
    if (segment.closed) {
      this.#options.report('journal.sync-failed', { path: segment.path, error });
      return;
    }
    this.#stranded.add(segment);
    this.#noRescueBefore = performance.now() + RETRY_AFTER_MS;
  }

  #retireStranded(): void {
    const stranded = [...this.#stranded];
    this.#stranded.clear();
    for (const segment of stranded) this.#retire(segment);
  }
}
