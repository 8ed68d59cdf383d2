import { type Line, LONGEST_ROW_BYTES } from './text-lines.ts';

/** One record of a table. */
export type CsvRecord =
  | { readonly fields: readonly string[]; readonly end: number }
  | { readonly problem: string; readonly end: number };

/** A quote that is not closed within so many lines was none. */
const MOST_LINES = 200;

/**
 * Reads tables as RFC 4180 has them and as programs write them: any line ends, `,` `;` or a tab between fields, quotes
 * in the middle of a field taken as they stand. A record that cannot be read costs itself and no other: after a quote
 * that is never closed, reading goes on with the next line. Empty lines are no records.
 */
export async function* csvRecords(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  let separator: string | undefined;
  /** Lines of the record in hand, when a quote is open at the end of the last one. */
  let open: Line[] = [];
  let partial: PartialRecord | undefined;
  let bytes = 0;

  const take = function* (line: Line): Generator<CsvRecord> {
    const queue = [line];
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (next.problem !== undefined) {
        if (partial) {
          yield giveUp(queue);
          queue.push(next);
        } else yield { problem: next.problem, end: next.end };
        continue;
      }
      if (!partial) {
        if (next.text.trim() === '') continue;
        const text =
          separator === undefined && next.text.startsWith('\ufeff') ? next.text.slice(1) : next.text;
        separator ??= separatorOf(text);
        partial = new PartialRecord(separator);
        partial.read(text);
      } else partial.read(next.text);
      open.push(next);
      bytes += next.text.length;
      if (partial.isWhole) {
        yield { fields: partial.fields, end: next.end };
        forget();
      } else if (open.length >= MOST_LINES || bytes > LONGEST_ROW_BYTES) yield giveUp(queue);
      else partial.lineEnds(next.ending);
    }
  };
  const giveUp = (queue: Line[]): CsvRecord => {
    const [first, ...rest] = open;
    queue.unshift(...rest);
    forget();
    return { problem: 'has a quote that is never closed', end: first?.end ?? 0 };
  };
  const forget = () => {
    open = [];
    partial = undefined;
    bytes = 0;
  };

  for await (const line of lines) yield* take(line);
  while (open.length > 0) {
    const left: Line[] = [];
    yield giveUp(left);
    for (const line of left) yield* take(line);
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
