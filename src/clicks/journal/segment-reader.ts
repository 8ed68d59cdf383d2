import { type FileHandle, open } from 'node:fs/promises';
import type { ClickRecord } from '../click-record.ts';
import type { Segment } from './segment-directory.ts';
import { checkHeader, HEADER_BYTES, readFrame } from './segment-format.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Whole frames of one segment, from the position asked for up to `to`. */
export interface SegmentSlice {
  readonly records: readonly ClickRecord[];
  readonly to: number;
  /** The segment is sealed and `to` is its end. */
  readonly finished: boolean;
  /** Bytes of a sealed segment that are no frames: a torn tail, or rot. */
  readonly skipped: readonly SkippedBytes[];
}

export interface SkippedBytes {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads at least `recordsWanted` records if there are as many; a frame is never split, so it can be some more. Memory
 * is bounded by a chunk and the largest frame.
 *
 * In the active segment whatever is not a whole frame may be a write in progress, and is waited for.
 *
 * @param sealed must have been found out (a later sequence was listed, or the writer is known to be gone) *before* this
 * call: the successor is created after the last write, so everything written is seen then.
 * @returns undefined when the file is not there.
 * @throws UnreadableSegment
 */
export async function readSlice(
  segment: Segment,
  from: number,
  sealed: boolean,
  recordsWanted: number,
): Promise<SegmentSlice | undefined> {
  const file = await openIfThere(segment.path);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    if (size <= Math.max(from, sealed ? 0 : HEADER_BYTES)) {
      return { records: [], to: from, finished: sealed, skipped: [] };
    }
    const start = from === 0 ? await passHeader(file, segment, sealed) : { at: from, skipped: [] };
    if (start === 'wait') return { records: [], to: from, finished: false, skipped: [] };
    return await readFrames(new ReadWindow(file, start.at), start.skipped, sealed, recordsWanted);
  } finally {
    await file.close();
  }
}

async function readFrames(
  window: ReadWindow,
  skippedBefore: readonly SkippedBytes[],
  sealed: boolean,
  recordsWanted: number,
): Promise<SegmentSlice> {
  const records: ClickRecord[] = [];
  const skipped = [...skippedBefore];
  while (records.length < recordsWanted) {
    const read = readFrame(window.bytes, window.at, sealed && window.atEnd);
    if (read.kind === 'frame') {
      for (const record of read.records) records.push(record);
      window.at = read.end;
    } else if (read.kind === 'damaged') {
      if (!sealed) break;
      const from = window.offset;
      window.at = read.end;
      addSkipped(skipped, { from, to: window.offset });
    } else if (window.atEnd) {
      return { records, to: window.offset, finished: sealed, skipped };
    } else {
      await window.readMore();
    }
  }
  return { records, to: window.offset, finished: false, skipped };
}

/** Skipping goes from one supposed frame start to the next; to the operator it is one range. */
function addSkipped(skipped: SkippedBytes[], range: SkippedBytes): void {
  const last = skipped.at(-1);
  if (last?.to === range.from) skipped[skipped.length - 1] = { from: last.from, to: range.to };
  else skipped.push(range);
}

async function passHeader(
  file: FileHandle,
  segment: Segment,
  sealed: boolean,
): Promise<{ at: number; skipped: readonly SkippedBytes[] } | 'wait'> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
  if (checkHeader(header.subarray(0, bytesRead), segment.uuid)) return { at: HEADER_BYTES, skipped: [] };
  if (!sealed) return 'wait';
  return { at: bytesRead, skipped: [{ from: 0, to: bytesRead }] };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The part of a file that is in memory: from the frame being looked at to what has been read. */
class ReadWindow {
  readonly #file: FileHandle;
  #buffer: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #length = 0;
  /** Where in the file the buffer starts. */
  #start: number;
  /** Where in the buffer reading goes on. */
  at = 0;
  atEnd = false;

  constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#start = offset;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Where in the file reading goes on. */
  get offset(): number {
    return this.#start + this.at;
  }

  /** Keeps what has not been consumed, growing only when a single frame fills the buffer. */
  async readMore(): Promise<void> {
    const target = this.at === 0 && this.#length === this.#buffer.length ? this.#doubled() : this.#buffer;
    this.#buffer.copy(target, 0, this.at, this.#length);
    this.#buffer = target;
    this.#start += this.at;
    this.#length -= this.at;
    this.at = 0;
    const room = this.#buffer.length - this.#length;
    const { bytesRead } = await this.#file.read(this.#buffer, this.#length, room, this.#start + this.#length);
    this.#length += bytesRead;
    this.atEnd = bytesRead === 0;
  }

  #doubled(): Buffer {
    return Buffer.allocUnsafe(this.#buffer.length * 2);
  }
}
