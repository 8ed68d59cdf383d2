import { createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from './operator-error.ts';

/**
 * Writes to stdout, or to a file that is there whole or not at all, for this user alone.
 *
 * @param what it is, in a sentence: `export`
 * @throws OperatorError when the file cannot be written
 */
export async function writeWhole(out: string | undefined, content: Readable, what: string): Promise<void> {
  if (out === undefined) {
    try {
      await pipeline(content, process.stdout, { end: false });
    } catch (error) {
      // Whoever reads has seen enough, as `head` has.
      if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
    }
    return;
  }
  const unfinished = `${out}.part`;
  try {
    // One that was left by a process that was killed may be readable for others.
    rmSync(unfinished, { force: true });
    await pipeline(content, createWriteStream(unfinished, { mode: 0o600, flush: true }));
    renameSync(unfinished, out);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new OperatorError(
      `The ${what} could not be written to ${out}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
