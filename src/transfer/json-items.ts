import { SourceError } from './source.ts';
import { LONGEST_ROW_BYTES } from './text-lines.ts';

/** One item of a JSON document: its text, or why there is none. */
export type JsonItem =
  | { readonly text: string; readonly end: number }
  | { readonly problem: string; readonly end: number };

const DEEPEST = 100;

/**
 * Cuts the items out of JSON documents of any length, one after another, without reading a document as a whole: pages
 * of an API's answers, one after another in one file or in an array, are fine. Objects at the top and elements of arrays
 * there are items, unless they are pages, with items in them.
 *
 * @param paths where items are: names of members, `*` for any member or element
 * @throws SourceError when it is no JSON at all
 */
export async function* jsonItems(
  bytes: AsyncIterable<Buffer>,
  paths: readonly (readonly string[])[],
): AsyncGenerator<JsonItem> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const scanner = new ItemScanner(paths);
  let end = 0;
  try {
    for await (const chunk of bytes) {
      end += chunk.length;
      yield* scanner.take(decoder.decode(chunk, { stream: true }), end);
    }
    yield* scanner.take(decoder.decode(), end);
  } catch (error) {
    if (error instanceof TypeError) throw new SourceError('The file is not UTF-8. Save it as UTF-8.');
    throw error;
  }
  yield* scanner.finish(end);
}

interface Level {
  readonly isArray: boolean;
  /** Name of the member that is being read; of an array nothing. */
  key: string;
}

/** Follows brackets and quotes, and nothing else: whether an item is JSON is for who parses it. */
class ItemScanner {
  readonly #paths: readonly (readonly string[])[];
  readonly #levels: Level[] = [];
  #inString = false;
  #escaped = false;
  /** The string that was read last, which may turn out to be a name. */
  #string = '';
  /** Depth at which the item in hand began; 0 for none. */
  #itemDepth = 0;
  #item = '';
  #isTooLong = false;
  /** Arrays around the object that is being read, if it is at the top but for them: an item, or a page. */
  #arrays = 0;
  /** It is a page. */
  #hasItems = false;

  constructor(paths: readonly (readonly string[])[]) {
    this.#paths = paths;
  }

  *take(text: string, end: number): Generator<JsonItem> {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (this.#inString) {
        this.#readString(character);
        continue;
      }
      if (character === '"') {
        this.#inString = true;
        this.#string = '';
      } else if (character === ':') {
        const level = this.#levels.at(-1);
        if (level && !level.isArray) level.key = this.#string;
      } else if (character === '{' || character === '[') {
        if (character === '{' && this.#begins()) {
          this.#itemDepth = this.#levels.length + 1;
          this.#item = '';
          this.#isTooLong = false;
          from = at;
        }
        this.#levels.push({ isArray: character === '[', key: '' });
        if (this.#levels.length > DEEPEST) throw new SourceError('The file is no list of links.');
      } else if (character === '}' || character === ']') {
        if (this.#itemDepth > 0 && this.#levels.length === this.#itemDepth) {
          this.#keep(text.slice(from, at + 1));
          yield* this.#whole(end);
        }
        const level = this.#levels.pop();
        if (!level || level.isArray !== (character === ']')) throw notJson();
      } else if (this.#levels.length === 0 && !/[\s,\ufeff]/.test(character)) throw notJson();
    }
    if (this.#itemDepth > 0) this.#keep(text.slice(from));
  }

  *finish(end: number): Generator<JsonItem> {
    if (this.#levels.length > 0) yield { problem: 'is cut: the file ends in the middle of it', end };
  }

  #readString(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#inString = false;
    if (this.#inString && this.#string.length < 100) this.#string += character;
  }

  /** Whether the object that begins here is an item. What is within an item is none. */
  #begins(): boolean {
    if (this.#levels.every(({ isArray }) => isArray)) {
      this.#arrays = this.#levels.length;
      this.#hasItems = false;
      return true;
    }
    if (this.#itemDepth > this.#arrays + 1) return false;
    const within = this.#levels.slice(this.#arrays);
    const isMember = this.#paths.some(
      (path) =>
        path.length === within.length &&
        path.every((name, depth) => name === '*' || name === within[depth]?.key),
    );
    if (isMember) this.#hasItems = true;
    return isMember;
  }

  #keep(text: string): void {
    // Nobody needs the text of a page.
    if (this.#isPage()) return;
    if (this.#item.length + text.length > LONGEST_ROW_BYTES) this.#isTooLong = true;
    else this.#item += text;
  }

  *#whole(end: number): Generator<JsonItem> {
    if (!this.#isPage()) {
      if (this.#isTooLong) yield { problem: 'is longer than 1 MiB', end };
      else yield { text: this.#item, end };
    }
    this.#itemDepth = 0;
    this.#item = '';
  }

  #isPage(): boolean {
    return this.#itemDepth === this.#arrays + 1 && this.#hasItems;
  }
}

function notJson(): SourceError {
  return new SourceError('The file is not JSON.');
}
