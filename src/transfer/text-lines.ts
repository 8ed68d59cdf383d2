import { isUtf8 } from 'node:buffer';

/** One line of a file, its ending apart. */
export interface Line {
  readonly text: string;
  /** `\n`, `\r\n`, `\r`; empty at the end of the file. */
  readonly ending: string;
  /** Bytes of the file up to and with this line. */
  readonly end: number;
  /** Why the text is not to be used. */
  readonly problem?: string;
}

/** No row of any service comes near; whatever is longer is not held in memory. */
export const LONGEST_ROW_BYTES = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines, however they end, without a byte order mark before the first. A line that is too long or no
 * UTF-8 says so in the place of its text.
 */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let end = 0;
  let afterCr = false;
  const hold = (piece: Buffer) => {
    heldBytes += piece.length;
    if (heldBytes <= LONGEST_ROW_BYTES) held.push(piece);
    else held = [];
  };
  const line = (ending: string): Line => {
    const isFirst = end === 0;
    end += heldBytes + ending.length;
    const made = lineOf(held, heldBytes, ending, end);
    held = [];
    heldBytes = 0;
    return isFirst ? { ...made, text: made.text.replace(/^\ufeff/, '') } : made;
  };
  for await (const chunk of bytes) {
    let start = 0;
    // `\r` was the last of the chunk before: only now it is known what it belongs to.
    if (afterCr && chunk.length > 0) {
      afterCr = false;
      if (chunk[0] === LF) start = 1;
      yield line(start === 1 ? '\r\n' : '\r');
    }
    let cr = chunk.indexOf(CR, start);
    let lf = chunk.indexOf(LF, start);
    while (lf >= 0 || cr >= 0) {
      const isCr = cr >= 0 && (lf < 0 || cr < lf);
      const at = isCr ? cr : lf;
      hold(chunk.subarray(start, at));
      if (isCr && at === chunk.length - 1) {
        afterCr = true;
        start = chunk.length;
        break;
      }
      const ending = isCr ? (chunk[at + 1] === LF ? '\r\n' : '\r') : '\n';
      yield line(ending);
      start = at + ending.length;
      if (cr >= 0 && cr < start) cr = chunk.indexOf(CR, start);
      if (lf >= 0 && lf < start) lf = chunk.indexOf(LF, start);
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  if (afterCr) yield line('\r');
  if (heldBytes > 0) yield line('');
}

function lineOf(held: readonly Buffer[], bytes: number, ending: string, end: number): Line {
  if (bytes > LONGEST_ROW_BYTES) {
    return { text: '', ending, end, problem: `is longer than ${LONGEST_ROW_BYTES / 1024 / 1024} MiB` };
  }
  const whole = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
  if (!isUtf8(whole)) return { text: '', ending, end, problem: 'is not UTF-8; save the file as UTF-8' };
  return { text: whole.toString('utf8'), ending, end };
}
