import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES } from './segment-format.ts';

const FILE_NAME = /^(\d{16})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.journal$/;

const DRAFT = '.draft';

/** A segment as its name tells. */
export interface Segment {
  readonly sequence: number;
  readonly uuid: string;
  readonly path: string;
}

export function segmentPath(directory: string, sequence: number, uuid: string): string {
  return join(directory, `${String(sequence).padStart(16, '0')}-${uuid}.journal`);
}

/** Where a file is written until it may be read: whoever lists segments sees each with its header, or not at all. */
export function draftPath(path: string): string {
  return path + DRAFT;
}

/**
 * What a process that was killed has left half made: it may be all there is of a segment that was being put back, and
 * becomes one, or is removed. Nobody else may write to the directory meanwhile.
 *
 * @returns the segments that came back
 */
export function adoptDrafts(directory: string): Segment[] {
  const drafts = readdirSync(directory).filter((name) => name.endsWith(DRAFT));
  const segments = segmentsAmong(
    directory,
    drafts.map((name) => name.slice(0, -DRAFT.length)),
  );
  return segments.filter(({ path }) => {
    const draft = draftPath(path);
    // Where both are there, one is the beginning of the other.
    const isWanted = statSync(draft).size > (statSync(path, { throwIfNoEntry: false })?.size ?? HEADER_BYTES);
    if (isWanted) renameSync(draft, path);
    else rmSync(draft);
    return isWanted;
  });
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
