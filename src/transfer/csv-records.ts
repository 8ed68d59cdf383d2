import { type Line, LONGEST_ROW_BYTES } from './text-lines.ts';

/** One record of a table. */
export type CsvRecord =
  | { readonly fields: readonly string[]; readonly end: number }
  | { readonly problem: string; readonly end: number };

/** A quote that is not closed within so many lines was none. */
const MOST_LINES = 200;

const NEVER_CLOSED = 'has a quote that is never closed';

/** What spreadsheet programs write, and read, before the headings: `sep=;`. It is no record. */
const SEPARATOR_LINE = /^sep=([^"])$/i;

/**
 * Reads tables as RFC 4180 has them and as programs write them: any line ends, `,` `;` or a tab between fields, or what
 * the file says itself, quotes in the middle of a field taken as they stand. A record that cannot be read costs itself
 * and no other: after a quote that is never closed, reading goes on with the next line. Empty lines are no records.
 */
export async function* csvRecords(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  const ahead = new LinesAhead(lines);
  let separator: string | undefined;
  try {
    for (let first = await ahead.at(0); first; first = await ahead.at(0)) {
      const { text, problem } = first;
      const said = separator === undefined ? SEPARATOR_LINE.exec(text)?.[1] : undefined;
      if (said !== undefined || (text.trim() === '' && problem === undefined)) {
        separator ??= said;
        ahead.pass(1);
        continue;
      }
      separator ??= separatorOf(text);
      const { record, lines } = await nextRecord(ahead, first, separator);
      yield record;
      ahead.pass(lines);
    }
  } finally {
    await ahead.end();
  }
}

/** The record that begins with the next line. @returns also how many lines it has */
async function nextRecord(
  ahead: LinesAhead,
  first: Line,
  separator: string,
): Promise<{ readonly record: CsvRecord; readonly lines: number }> {
  const broken = (problem: string) => ({ record: { problem, end: first.end }, lines: 1 });
  if (first.problem !== undefined) return broken(first.problem);
  const partial = new PartialRecord(separator);
  /** Which field is known to end on another line. */
  let ending: number | undefined;
  for (let line = first, lines = 1; ; lines++) {
    partial.read(line.text);
    const { fields, isWhole } = partial;
    if (isWhole) return { record: { fields, end: line.end }, lines };
    const isKnown = fields.length === ending;
    if (!isKnown && !(await isClosedAfter(lines, ahead, separator))) return broken(NEVER_CLOSED);
    ending = fields.length;
    partial.lineEnds(line.ending);
    line = (await ahead.at(lines)) as Line;
  }
}

/**
 * Whether a quote that is open after so many lines is closed by what follows, or was never meant to be: the next quote
 * would close it too when it opens a field of a later row. A quote at the beginning of a field opens it, one at the end
 * of a field closes it; one between two separators or line ends could do either, and those after it tell. Pairs of
 * quotes leave things as they are.
 */
async function isClosedAfter(lines: number, ahead: LinesAhead, separator: string): Promise<boolean> {
  let isOpen = true;
  for (let n = lines; ; n++) {
    const line = await ahead.at(n);
    // At the end of a table nothing is open.
    if (!line || line.problem !== undefined) return !isOpen;
    for (const { 0: quotes, index } of line.text.matchAll(/"+/g)) {
      if (quotes.length % 2 === 0) continue;
      const opens = index === 0 || line.text[index - 1] === separator;
      const after = line.text[index + quotes.length];
      const closes = after === undefined || after === separator;
      if (!opens || !closes) return isOpen === closes;
      isOpen = !isOpen;
    }
  }
}

/** The lines from where reading has come to, as many as a record may have. */
class LinesAhead {
  readonly #lines: AsyncIterator<Line>;
  readonly #held: Line[] = [];
  #heldLength = 0;

  constructor(lines: AsyncIterable<Line>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @param n 0: the next one. @returns undefined after the last, and after as many as a record may have */
  async at(n: number): Promise<Line | undefined> {
    while (this.#held.length <= n) {
      if (this.#held.length >= MOST_LINES || this.#heldLength > LONGEST_ROW_BYTES) return undefined;
      const { value, done } = await this.#lines.next();
      if (done) return undefined;
      this.#held.push(value);
      this.#heldLength += value.text.length;
    }
    return this.#held[n];
  }

  /** Goes on behind so many lines. */
  pass(count: number): void {
    for (const { text } of this.#held.splice(0, count)) this.#heldLength -= text.length;
  }

  async end(): Promise<void> {
    await this.#lines.return?.();
  }
}

/** A record whose lines are handed over one after another. */
class PartialRecord {
  readonly fields: string[] = [];
  readonly #separator: string;
  /** Of the quoted field that has not ended yet. */
  #quoted: string | undefined;

  constructor(separator: string) {
    this.#separator = separator;
  }

  get isWhole(): boolean {
    return this.#quoted === undefined;
  }

  /** The ending belongs to the field when a quote is open. */
  lineEnds(ending: string): void {
    this.#quoted += ending;
  }

  read(line: string): void {
    let at = 0;
    for (;;) {
      const isQuoted = this.#quoted !== undefined || line[at] === '"';
      if (!isQuoted) {
        const stop = this.#stop(line, at);
        this.fields.push(line.slice(at, stop));
        if (stop === line.length) return;
        at = stop + 1;
        continue;
      }
      if (this.#quoted === undefined) {
        this.#quoted = '';
        at++;
      }
      const closing = this.#closing(line, at);
      if (closing === undefined) return;
      // What stands between the closing quote and the separator is kept: somebody wrote it.
      const stop = this.#stop(line, closing);
      this.fields.push(this.#quoted + line.slice(closing, stop));
      this.#quoted = undefined;
      if (stop === line.length) return;
      at = stop + 1;
    }
  }

  #stop(line: string, from: number): number {
    const found = line.indexOf(this.#separator, from);
    return found < 0 ? line.length : found;
  }

  /** Takes the quoted text from `from` on. @returns where the quote has been closed, or undefined */
  #closing(line: string, from: number): number | undefined {
    for (let at = from; ; ) {
      const quote = line.indexOf('"', at);
      if (quote < 0) {
        this.#quoted += line.slice(at);
        return undefined;
      }
      this.#quoted += line.slice(at, quote);
      if (line[quote + 1] !== '"') return quote + 1;
      this.#quoted += '"';
      at = quote + 2;
    }
  }
}

/** What the line of headings has most of, outside quotes; a comma when it has none. */
function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((one) => ({ one, n: bare.split(one).length }));
  return counts.reduce((best, next) => (next.n > best.n ? next : best)).one;
}
