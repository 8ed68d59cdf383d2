import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { draftPath, segmentPath, syncDirectory } from './segment-directory.ts';
import { encodeHeader, HEADER_BYTES } from './segment-format.ts';

const fdatasyncLater = promisify(fdatasync);
const COPY_BYTES = 1024 * 1024;
/** Whoever deletes the folder may do so between any two calls of ours; as a rule the second attempt succeeds. */
const PLACING_ATTEMPTS = 5;

/** The one segment that is written, from its creation until it is sealed. Calls that write are synchronous. */
export class SegmentFile {
  readonly sequence: number;
  readonly uuid: string = randomUUID();
  readonly path: string;
  readonly createdAt: number = Date.now();
  #state: 'active' | 'sealed' | 'closed' = 'active';
  readonly #onRescued: (segment: SegmentFile) => void;
  #fd: number;
  /** What the file system knows the file by, that nobody puts another in its place unseen. */
  #fileId: string | undefined;
  #offset = HEADER_BYTES;
  #syncedOffset = 0;
  #nameSynced = false;
  /** Settles, never with an error, when no sync is running. */
  #quiet: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;
  #failure: Error | undefined;

  /** @throws whatever the file system says; nothing is left behind then. */
  constructor(directory: string, sequence: number, onRescued: (segment: SegmentFile) => void) {
    this.sequence = sequence;
    this.path = segmentPath(directory, sequence, this.uuid);
    this.#onRescued = onRescued;
    const header = encodeHeader(this.uuid, this.createdAt);
    this.#fd = this.#place((fd) => writeWhole(fd, header, HEADER_BYTES, 0));
    this.#fileId = fileIdOf(this.#fd, this.path);
  }

  get active(): boolean {
    return this.#state === 'active';
  }

  /** Its file is let go of; until then all that was written to it can be put back, whatever became of the name. */
  get closed(): boolean {
    return this.#state === 'closed';
  }

  get empty(): boolean {
    return this.#offset === HEADER_BYTES;
  }

  get offset(): number {
    return this.#offset;
  }

  /** One write. When it fails, what it left is taken back and the segment is sealed. */
  write(bytes: Buffer): void {
    assert(this.#state === 'active', 'only the active segment is appended to');
    try {
      writeWhole(this.#fd, bytes, bytes.length, this.#offset);
    } catch (error) {
      this.#takeBack(this.#offset);
      this.seal();
      throw error;
    }
    this.#offset += bytes.length;
  }

  /**
   * Resolves when everything written before the call is on the disk. One sync runs at a time; those who ask meanwhile
   * share the next. After a failure all later ones fail: the kernel may have dropped the pages, and a later sync
   * would only seem to succeed.
   */
  synced(): Promise<void> {
    this.#nextSync ??= this.#quiet.then(() => {
      this.#nextSync = undefined;
      const sync = this.#sync();
      this.#quiet = sync.catch(() => undefined);
      return sync;
    });
    return this.#nextSync;
  }

  async #sync(): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await this.#syncUnderItsName();
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  /** Where the name has been lost meanwhile, it is given back and synced: bytes without a name end with the process. */
  async #syncUnderItsName(): Promise<void> {
    let fd: number;
    let offset: number;
    do {
      if (this.#isLost) this.rescue();
      fd = this.#fd;
      offset = this.#offset;
      await fdatasyncLater(fd);
      const nameSynced = this.#nameSynced || (await syncedIfThere(dirname(this.path)));
      this.#nameSynced = nameSynced && fd === this.#fd;
    } while (fd !== this.#fd || this.#isLost);
    if (this.#offset < offset) throw new Error('What was to be synced has been taken back');
    this.#syncedOffset = offset;
  }

  /** For clicks that are answered only once they are on the disk: what no sync has confirmed is taken back. */
  takeBackUnsynced(): void {
    if (this.#state === 'closed') return;
    this.seal();
    this.#takeBack(Math.max(this.#syncedOffset, HEADER_BYTES));
  }

  /**
   * @NOTE When truncating fails too, or ingest was faster, refused clicks may still be read and counted: a torn frame
   * never is, a whole one can be. Counted always contains answered; the opposite was never promised.
   */
  #takeBack(offset: number): void {
    this.#offset = offset;
    try {
      ftruncateSync(this.#fd, offset);
    } catch {
      // The reader skips what is torn.
    }
  }

  /** Whether somebody has deleted the file, moved it away, or put another in its place. */
  vanished(): boolean {
    const named = statSync(this.path, { throwIfNoEntry: false });
    return named === undefined || (this.#fileId !== undefined && idOf(named) !== this.#fileId);
  }

  /** Whether somebody has written over the file and cut it: what was in it is gone, and what follows would stand behind a gap. */
  isCut(): boolean {
    const named = statSync(this.path, { throwIfNoEntry: false });
    return named !== undefined && named.size < this.#offset && !this.vanished();
  }

  /** It has vanished, and there is something to lose. */
  get #isLost(): boolean {
    return !this.empty && this.vanished();
  }

  /**
   * Puts the vanished file back under its name with the same bytes, so that positions in it stay true. Synchronous,
   * because nothing may be appended meanwhile; at most a segment, some ten milliseconds.
   *
   * @throws whatever the file system says; the bytes are held as before then, and it can be tried again.
   */
  rescue(): void {
    assert(this.#state !== 'closed', 'what is let go of is gone');
    const vanished = this.#fd;
    try {
      this.#fd = this.#place((fd, directory) => {
        // Others may need the room that an attempt in vain would fill.
        const { bavail, bsize } = statfsSync(directory);
        if (bavail * bsize < this.#offset) throw new NoRoom(this.#offset);
        copyBytes(vanished, fd, this.#offset);
      });
    } catch (error) {
      // Another file that stands there would be read to its end, and this one never.
      rmSync(this.path, { force: true });
      throw error;
    }
    this.#fileId = fileIdOf(this.#fd, this.path);
    this.#nameSynced = false;
    this.#failure = undefined;
    // A sync may still be running on the old descriptor, and its number must not be given to another file before.
    this.#quiet = this.#quiet.then(() => closeSync(vanished));
    this.#onRescued(this);
  }

  /** @returns the descriptor of a file that stands under the name, with what `fill` has written */
  #place(fill: (fd: number, directory: string) => void): number {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return placeFile(this.path, fill);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === PLACING_ATTEMPTS) throw error;
      }
    }
  }

  seal(): void {
    if (this.#state === 'active') this.#state = 'sealed';
  }

  /**
   * Seals, puts back what has vanished, syncs and lets go of the file; one that holds nothing is removed.
   *
   * @throws when the last sync fails; and when what has vanished cannot be put back: then it is not `closed`, and
   * closing can be tried again.
   */
  async close(): Promise<void> {
    this.seal();
    try {
      // Afresh: in the file that is made a sync may succeed.
      if (this.#isLost) this.rescue();
      await this.synced();
    } finally {
      if (!this.#isLost) this.letGo();
    }
  }

  /** Whatever has not been put back by now is lost. */
  letGo(): void {
    if (this.closed) return;
    this.#state = 'closed';
    closeSync(this.#fd);
    if (this.empty) rmSync(this.path, { force: true });
  }
}

function placeFile(path: string, fill: (fd: number, directory: string) => void): number {
  const directory = dirname(path);
  const draft = draftPath(path);
  // The journal is the one place where visitors' addresses stand: nobody else's business on this machine.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fd = openSync(draft, 'w+', 0o600);
  try {
    fill(fd, directory);
    renameSync(draft, path);
    return fd;
  } catch (error) {
    closeSync(fd);
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Undefined where a file has one number by its name and another by its descriptor, as in some shared folders. */
function fileIdOf(fd: number, path: string): string | undefined {
  const named = statSync(path, { throwIfNoEntry: false });
  const held = idOf(fstatSync(fd));
  return named && idOf(named) === held ? held : undefined;
}

function idOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** @returns false when the folder is gone: whoever rescues the file has it synced again */
async function syncedIfThere(directory: string): Promise<boolean> {
  try {
    await syncDirectory(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

class NoRoom extends Error {
  readonly code = 'ENOSPC';

  constructor(bytes: number) {
    super(`ENOSPC: there is no room for ${bytes} bytes`);
  }
}

/** A short write goes on with the rest, to hear from the file system why it was short. */
function writeWhole(fd: number, bytes: Buffer, length: number, position: number): void {
  let written = writeSync(fd, bytes, 0, length, position);
  while (written < length) {
    const more = writeSync(fd, bytes, written, length - written, position + written);
    if (more === 0) throw new Error('The file system accepts no more bytes');
    written += more;
  }
}

function copyBytes(from: number, to: number, length: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, length));
  for (let offset = 0; offset < length; ) {
    const read = readSync(from, chunk, 0, Math.min(chunk.length, length - offset), offset);
    if (read === 0) throw new Error('The vanished segment is shorter than what was written to it');
    writeWhole(to, chunk, read, offset);
    offset += read;
  }
}
