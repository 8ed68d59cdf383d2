import { existsSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Finding, messageOf } from './finding.ts';

const MB = 1024 * 1024;
const LITTLE_SPACE_BYTES = 500 * MB;
const SOME_SPACE_BYTES = 2 * 1024 * MB;
const FEW_FILES = 1_000;

/** What a file system says of itself; `files` is 0 where there is no limit to them. */
export interface FreeSpace {
  readonly freeBytes: number;
  readonly files: number;
  readonly freeFiles: number;
}

/** The folder of the data, and that of the journal where it has a disk of its own. */
export function checkDisks(dataDir: string): Finding[] {
  try {
    if (!statSync(dataDir, { throwIfNoEntry: false })) return [missing(dataDir)];
    const journal = join(dataDir, 'journal');
    const apart = existsSync(journal) && statSync(journal).dev !== statSync(dataDir).dev;
    return [dataDir, ...(apart ? [journal] : [])].map((path) => judgeDisk(path, spaceOf(path)));
  } catch (error) {
    return [{ check: 'disk', level: 'bad', text: `${dataDir} cannot be used: ${messageOf(error)}` }];
  }
}

/** A warning, since whoever runs an installation has perhaps asked for another folder than its own. */
function missing(dataDir: string): Finding {
  const text = `${resolve(dataDir)} does not exist yet; the first start makes it. If there has been one, DATA_DIR names another folder than it did`;
  return { check: 'disk', level: 'warn', text };
}

export function judgeDisk(path: string, { freeBytes, files, freeFiles }: FreeSpace): Finding {
  const text = `${path} has ${Math.floor(freeBytes / MB)} MB free`;
  if (files > 0 && freeFiles < FEW_FILES)
    return { check: 'disk', level: 'bad', text: `${text} and room for ${freeFiles} more files: delete some` };
  if (freeBytes < LITTLE_SPACE_BYTES) {
    return {
      check: 'disk',
      level: 'bad',
      text: `${text}: when it is full, clicks are lost and nothing can be changed, so make room`,
    };
  }
  if (freeBytes < SOME_SPACE_BYTES)
    return { check: 'disk', level: 'warn', text: `${text}: make room before it is full` };
  return { check: 'disk', level: 'ok', text };
}

function spaceOf(path: string): FreeSpace {
  const { bavail, bsize, files, ffree } = statfsSync(path);
  return { freeBytes: bavail * bsize, files, freeFiles: ffree };
}
