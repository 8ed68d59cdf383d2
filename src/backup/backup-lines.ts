import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { BackupProblem } from './backup-problem.ts';

/** No row comes near; whatever is longer is not held in memory. */
export const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

const LF = 0x0a;

/** Lines that stand one after another, without their ends. */
export interface LineBlock {
  readonly lines: readonly string[];
  /** Number of the first, counted from 1. */
  readonly first: number;
}

/** The last line of the file, and what the bytes before it amount to. */
export interface LastLine {
  readonly last: string;
  readonly number: number;
  readonly sha256: string;
}

/**
 * Cuts a file into lines, in constant memory, and hashes all but the last of them.
 *
 * @throws BackupProblem when the file is empty, was cut in a line, or holds what is no text
 */
export async function* backupLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<LineBlock | LastLine> {
  const hash = createHash('sha256');
  let number = 1;
  const cut = (block: Buffer): LineBlock => {
    hash.update(block);
    const first = number;
    const lines = textOf(block, first).slice(0, -1).split('\n');
    number += lines.length;
    return { lines, first };
  };
  let held: Buffer | undefined;
  for await (const block of wholeLines(bytes)) {
    if (held) yield cut(held);
    held = block;
  }
  if (!held) throw new BackupProblem('The file is empty.');
  const lastAt = held.lastIndexOf(LF, -2) + 1;
  if (lastAt > 0) yield cut(held.subarray(0, lastAt));
  const last = textOf(held.subarray(lastAt), number).slice(0, -1);
  yield { last, number, sha256: hash.digest('hex') };
}

function textOf(block: Buffer, first: number): string {
  if (isUtf8(block)) return block.toString('utf8');
  throw new BackupProblem(`Line ${first} or one soon after it is no UTF-8: the file is damaged.`);
}

/** As many whole lines at once as have come. */
async function* wholeLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      const whole = chunk.subarray(0, end);
      yield begunBytes === 0 ? whole : Buffer.concat([...begun, whole]);
      [begun, begunBytes] = [[], 0];
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
    begunBytes += chunk.length - end;
    if (begunBytes > LONGEST_LINE_BYTES) {
      throw new BackupProblem(
        `A line is longer than ${LONGEST_LINE_BYTES / 1024 / 1024} MiB: this is no backup.`,
      );
    }
  }
  if (begunBytes > 0) throw new BackupProblem('The file ends in the middle of a line: it was cut short.');
}
