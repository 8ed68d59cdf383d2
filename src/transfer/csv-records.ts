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
    for (let first = await ahead.first(); first; first = await ahead.first()) {
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
  const fields = fieldsOf(first.text, separator);
  if (fields) return { record: { fields, end: first.end }, lines: 1 };
  const lines = linesOfRecord(await ahead.all(separator));
  if (lines === undefined) return broken(NEVER_CLOSED);
  const { text, end } = ahead.together(lines);
  return { record: { fields: fieldsOf(text, separator) as string[], end }, lines };
}

/** What the quotes of a line say of one that was open before it. */
interface LineQuotes {
  /** That it is open after the line, too. */
  readonly isOpenAfter: boolean;
  /** Whether the first of them that cannot be taken for either opens or closes; undefined when there is none. */
  readonly closes: boolean | undefined;
  /** Whether those before could, an odd number of them: what was open is closed there, and what was closed open. */
  readonly areOdd: boolean;
}

/** Nothing is open where a line cannot be read. */
const UNREAD: LineQuotes = { isOpenAfter: false, closes: false, areOdd: false };

/**
 * A quote at the beginning of a field opens it, one at the end of a field closes it; one between two separators or line
 * ends could do either, and those after it tell. Pairs of quotes leave things as they are.
 */
function quotesOf({ text, problem }: Line, separator: string): LineQuotes {
  if (problem !== undefined) return UNREAD;
  const isOpenAfter = fieldsOf(`"${text}`, separator) === undefined;
  let areOdd = false;
  for (const { 0: quotes, index } of text.matchAll(/"+/g)) {
    if (quotes.length % 2 === 0) continue;
    const opens = index === 0 || text[index - 1] === separator;
    const after = text[index + quotes.length];
    const closes = after === undefined || after === separator;
    if (!opens || !closes) return { isOpenAfter, closes, areOdd };
    areOdd = !areOdd;
  }
  return { isOpenAfter, closes: undefined, areOdd };
}

/**
 * How many lines the record has whose first line leaves a quote open. That quote may never have been meant to be: then
 * the next one would close it too, though it opens a field of a later row.
 *
 * @param quotes of all lines it may have @returns undefined when it is never closed
 */
function linesOfRecord(quotes: readonly LineQuotes[]): number | undefined {
  let lines: number | undefined;
  let isOpen = true;
  for (let n = 1; n < quotes.length; n++) {
    const { isOpenAfter, closes, areOdd } = quotes[n] as LineQuotes;
    if (areOdd) isOpen = !isOpen;
    if (!isOpenAfter) lines ??= n + 1;
    if (closes === undefined) continue;
    if (isOpen !== closes) return undefined;
    if (lines !== undefined) return lines;
    isOpen = true;
  }
  // At the end of a table nothing is open.
  return isOpen ? undefined : lines;
}

/** The lines from where reading has come to, as many as a record may have. */
class LinesAhead {
  readonly #lines: AsyncIterator<Line>;
  readonly #held: Line[] = [];
  readonly #quotes: LineQuotes[] = [];
  #heldLength = 0;

  constructor(lines: AsyncIterable<Line>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @returns undefined after the last */
  async first(): Promise<Line | undefined> {
    if (this.#held.length === 0) await this.#hold();
    return this.#held[0];
  }

  /** @returns the quotes of every line */
  async all(separator: string): Promise<readonly LineQuotes[]> {
    while (this.#held.length < MOST_LINES && this.#heldLength <= LONGEST_ROW_BYTES && (await this.#hold()));
    for (const line of this.#held.slice(this.#quotes.length)) this.#quotes.push(quotesOf(line, separator));
    return this.#quotes;
  }

  /** So many lines as one. */
  together(count: number): { readonly text: string; readonly end: number } {
    const lines = this.#held.slice(0, count);
    const { text: last, end } = lines.pop() as Line;
    return { text: lines.map(({ text, ending }) => text + ending).join('') + last, end };
  }

  /** Goes on behind so many lines. */
  pass(count: number): void {
    for (let passed = 0; passed < count; passed++) {
      this.#heldLength -= this.#held.shift()?.text.length ?? 0;
      this.#quotes.shift();
    }
  }

  async end(): Promise<void> {
    await this.#lines.return?.();
  }

  async #hold(): Promise<boolean> {
    const { value, done } = await this.#lines.next();
    if (done) return false;
    this.#held.push(value);
    this.#heldLength += value.text.length;
    return true;
  }
}

/** @returns undefined when a quote is open at the end */
export function fieldsOf(record: string, separator: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    let quoted = '';
    if (record[at] === '"') {
      const closing = closingQuote(record, at + 1);
      if (closing < 0) return undefined;
      quoted = record.slice(at + 1, closing).replaceAll('""', '"');
      at = closing + 1;
    }
    // What stands between the closing quote and the separator is kept: somebody wrote it.
    const found = record.indexOf(separator, at);
    const stop = found < 0 ? record.length : found;
    fields.push(quoted + record.slice(at, stop));
    if (found < 0) return fields;
    at = stop + 1;
  }
}

/** The next one that is not one of a pair. @returns -1 when there is none */
function closingQuote(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}

/** What the line of headings has most of, outside quotes; a comma when it has none. */
function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((one) => ({ one, n: bare.split(one).length }));
  return counts.reduce((best, next) => (next.n > best.n ? next : best)).one;
}
