import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { csvField } from '../csv-field.ts';
import type { ReportedRow } from '../transfer/import-file.ts';
import { OperatorError } from './operator-error.ts';
import { writeProblem } from './write-problem.ts';

const HEADING = 'row,outcome,short_url,destination,reason\r\n';

/** What became of each row, as a table, written as the rows are done. */
export class ImportReport {
  readonly #path: string;
  #file: number | undefined;

  /** @throws OperatorError when something else stands at the path, the file that is imported above all */
  constructor(path: string, sourcePath: string) {
    this.#path = path;
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return;
    const source = statSync(sourcePath);
    if (found.ino === source.ino && found.dev === source.dev) {
      throw new OperatorError(
        'The report would overwrite the file that is imported. Name another with --report.',
      );
    }
    if (found.isFile() && found.size > 0 && !HEADING.startsWith(beginningOf(path))) {
      throw new OperatorError(
        `${path} is no report of an import, and would be overwritten. Name another file with --report, or move it away.`,
      );
    }
  }

  /**
   * @param position rows that an earlier try has done: what it has written of them is kept
   * @returns rows up to which they are in the report
   * @throws OperatorError when it cannot be written, as `row` does
   */
  begin(position: number): number {
    try {
      this.#file = openSync(this.#path, position === 0 ? 'w' : 'a', 0o600);
    } catch (error) {
      throw new OperatorError(`The report cannot be written: ${writeProblem(error, this.#path)}`);
    }
    // A pipe or a device cannot be read again: what it has been told is gone.
    const isFile = fstatSync(this.#file).isFile();
    if (!isFile && position > 0) return position;
    const { rows, bytes } = position === 0 ? NOTHING : wholeRows(readFileSync(this.#path), position);
    if (isFile) ftruncateSync(this.#file, bytes);
    if (bytes === 0) this.#write(this.#file, HEADING);
    return rows;
  }

  row({ number, outcome, shortUrl, destination, reasons }: ReportedRow): void {
    if (this.#file === undefined) return;
    const fields = [number, outcome, shortUrl ?? '', destination, reasons.join('; ')];
    this.#write(this.#file, `${fields.map(csvField).join(',')}\r\n`);
  }

  #write(file: number, text: string): void {
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new OperatorError(
        `The report could not be written any further: ${writeProblem(error, this.#path)}. Rows that were taken are taken. Mend that, and run the same command again: it goes on from there.`,
      );
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

const NOTHING = { rows: 0, bytes: 0 };

/**
 * How far a report goes that was cut anywhere: rows 1, 2, 3 … without a gap, each to its end. No field has a line break
 * in it.
 */
export function wholeRows(
  report: Buffer,
  position: number,
): { readonly rows: number; readonly bytes: number } {
  if (!report.subarray(0, HEADING.length).equals(Buffer.from(HEADING))) return NOTHING;
  let rows = 0;
  let bytes = HEADING.length;
  while (rows < position) {
    const end = report.indexOf('\r\n', bytes);
    if (end < 0 || Number.parseInt(report.toString('latin1', bytes, bytes + 16), 10) !== rows + 1) break;
    rows++;
    bytes = end + 2;
  }
  return { rows, bytes };
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(HEADING.length);
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}
