import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { beginsHeader } from './backup-format.ts';
import { BackupProblem } from './backup-problem.ts';

const CHUNK_BYTES = 256 * 1024;
/** Of gzip, whatever the file is called. */
const MAGIC = Buffer.from([0x1f, 0x8b]);

/** A backup on disk, read from its beginning as often as is needed, unpacked if it is packed. */
export class BackupFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #isPacked: boolean;

  /** @throws BackupProblem when there is no such file, or it cannot be read */
  constructor(path: string) {
    this.path = path;
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new BackupProblem(`There is no file ${path}.`);
    if (!found.isFile()) throw new BackupProblem(`${path} is no file.`);
    this.sizeBytes = found.size;
    try {
      this.#isPacked = this.#begins(MAGIC);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** Whether it looks like a backup, of whichever version, whole or not. */
  async beginsAsBackup(): Promise<boolean> {
    try {
      for await (const chunk of this.bytes()) return beginsHeader(chunk);
    } catch (error) {
      if (!(error instanceof BackupProblem)) throw error;
    }
    return false;
  }

  /** @param watch told how many bytes of the file have been read @throws BackupProblem when it cannot be read */
  async *bytes(watch: (read: number) => void = () => {}): AsyncGenerator<Buffer> {
    const file = createReadStream(this.path, { highWaterMark: CHUNK_BYTES });
    const unpacked: Readable = this.#isPacked ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
    file.on('error', (error) => unpacked.destroy(error));
    try {
      for await (const chunk of unpacked) {
        yield chunk as Buffer;
        watch(file.bytesRead);
      }
    } catch (error) {
      // What a consumer throws passes by; this is what zlib and the file system say.
      if (!(error instanceof Error && 'code' in error)) throw error;
      throw unreadable(error);
    } finally {
      file.destroy();
      unpacked.destroy();
    }
  }

  #begins(bytes: Buffer): boolean {
    const found = Buffer.alloc(bytes.length);
    const file = openSync(this.path, 'r');
    try {
      return readSync(file, found, 0, found.length, 0) === found.length && found.equals(bytes);
    } finally {
      closeSync(file);
    }
  }
}

function unreadable(error: unknown): BackupProblem {
  return new BackupProblem(
    `The file cannot be read to its end: ${error instanceof Error ? error.message : String(error)}.`,
  );
}
