import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { SourceError } from './source.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file on disk that is read from its beginning as often as is needed. */
export class SourceFile {
  readonly path: string;
  readonly sizeBytes: number;

  constructor(path: string) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new SourceError(`There is no file ${path}.`);
    if (!found.isFile()) throw new SourceError(`${path} is no file.`);
    this.path = path;
    this.sizeBytes = found.size;
  }

  /** @throws SourceError when it cannot be read */
  async *bytes(): AsyncGenerator<Buffer> {
    try {
      yield* createReadStream(this.path, { highWaterMark: CHUNK_BYTES });
    } catch (error) {
      throw new SourceError(
        `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** SHA-256 in hex of what is in it and of how it is to be read. */
  async fingerprint(reading: object): Promise<string> {
    const hash = createHash('sha256').update(JSON.stringify(reading)).update('\0');
    for await (const chunk of this.bytes()) hash.update(chunk);
    return hash.digest('hex');
  }
}
