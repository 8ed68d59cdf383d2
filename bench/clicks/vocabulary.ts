import { OTHER_VALUE, type TextDimension } from '../../src/clicks/blocks/fact.ts';

/** Codes of texts, numbered through all dimensions as the product's dictionary numbers them. */
export class Vocabulary {
  readonly #codes = new Map<string, number>();

  /** Of the empty text 0. A text that is new gets the next code. */
  codeOf(dimension: TextDimension, text: string): number {
    if (text === '') return 0;
    const key = `${dimension} ${text}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = OTHER_VALUE + 1 + this.#codes.size;
    this.#codes.set(key, code);
    return code;
  }

  /** Every text with its dimension and code. */
  *entries(): Generator<{ readonly dimension: TextDimension; readonly text: string; readonly code: number }> {
    for (const [key, code] of this.#codes) {
      const space = key.indexOf(' ');
      yield { dimension: key.slice(0, space) as TextDimension, text: key.slice(space + 1), code };
    }
  }

  /** The same for many texts. */
  codesOf(dimension: TextDimension, texts: readonly string[]): Uint32Array {
    return Uint32Array.from(texts, (text) => this.codeOf(dimension, text));
  }
}
