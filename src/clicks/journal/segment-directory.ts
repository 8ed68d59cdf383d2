import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const FILE_NAME = /^(\d{16})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.journal$/;

/** A segment as its name tells. */
export interface Segment {
  readonly sequence: number;
  readonly uuid: string;
  readonly path: string;
}

export function segmentPath(directory: string, sequence: number, uuid: string): string {
  return join(directory, `${String(sequence).padStart(16, '0')}-${uuid}.journal`);
}

/** Every segment among the file names, oldest first; other files are none of our business. */
export function segmentsAmong(directory: string, fileNames: readonly string[]): Segment[] {
  return fileNames
    .map((name) => FILE_NAME.exec(name))
    .filter((match) => match !== null)
    .map(([name, sequence, uuid]) => ({
      sequence: Number(sequence),
      uuid: uuid as string,
      path: join(directory, name),
    }))
    .sort((a, b) => a.sequence - b.sequence || (a.uuid < b.uuid ? -1 : 1));
}

/** A folder that is not there holds no segments: the journal makes it again when it next looks. */
export async function listSegments(directory: string): Promise<Segment[]> {
  try {
    return segmentsAmong(directory, await readdir(directory));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes names that were created or removed survive a power failure, as fdatasync does for content. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
