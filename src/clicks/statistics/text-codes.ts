import type { BatchReader } from '../../db/batch-writer.ts';
import { NO_VALUE, OTHER_TEXT, OTHER_VALUE, type TextDimension } from '../blocks/fact.ts';

const REMEMBERED = 50_000;

/** Texts of codes and codes of texts, read as they are needed. A code never means another text, so both are remembered. */
export class TextCodes {
  readonly #remembered: number;
  #codes = new Map<string, number>();
  #texts = new Map<number, string>();

  /** @param remembered bounds the memory: when it has so many texts it begins anew */
  constructor(remembered = REMEMBERED) {
    this.#remembered = remembered;
  }

  /** The codes clicks may have whose text is one of these, ascending. A text nobody has written has none. */
  async codesOf(
    reader: BatchReader,
    projectId: number,
    dimension: TextDimension,
    texts: readonly string[],
  ): Promise<Uint32Array> {
    const codes = new Set<number>();
    if (texts.includes('')) codes.add(NO_VALUE);
    if (texts.includes(OTHER_TEXT)) codes.add(OTHER_VALUE);
    const missing: string[] = [];
    for (const text of new Set(texts)) {
      const code = this.#codes.get(keyOf(projectId, dimension, text));
      if (code !== undefined) codes.add(code);
      else if (text !== '') missing.push(text);
    }
    if (missing.length > 0) {
      const rows = await reader.findEach<{ id: number }>(
        {
          select: 'dimension_value.id',
          from: 'dimension_value',
          where: `dimension_value.project_id = asked.project_id and dimension_value.dimension = asked.dimension
            and dimension_value.value = asked.value`,
        },
        {
          columns: { project_id: 'bigint', dimension: 'text', value: 'text' },
          rows: missing.map((text) => [projectId, dimension, text]),
        },
      );
      this.#makeRoom();
      for (const { n, id } of rows) {
        this.#codes.set(keyOf(projectId, dimension, missing[n] as string), id);
        codes.add(id);
      }
    }
    return Uint32Array.from(codes).sort();
  }

  /** @returns by code; a code that is not in the dictionary is missing */
  async textsOf(reader: BatchReader, codes: Iterable<number>): Promise<Map<number, string>> {
    const texts = new Map<number, string>();
    const missing: number[] = [];
    for (const code of codes) {
      const text = code === NO_VALUE ? '' : code === OTHER_VALUE ? OTHER_TEXT : this.#texts.get(code);
      if (text !== undefined) texts.set(code, text);
      else missing.push(code);
    }
    if (missing.length === 0) return texts;
    const rows = await reader.findEach<{ id: number; value: string }>(
      {
        select: 'dimension_value.id, dimension_value.value',
        from: 'dimension_value',
        where: 'dimension_value.id = asked.id',
      },
      { columns: { id: 'bigint' }, rows: missing.map((code) => [code]) },
    );
    this.#makeRoom();
    for (const { id, value } of rows) {
      this.#texts.set(id, value);
      texts.set(id, value);
    }
    return texts;
  }

  #makeRoom(): void {
    if (this.#codes.size > this.#remembered) this.#codes = new Map();
    if (this.#texts.size > this.#remembered) this.#texts = new Map();
  }
}

function keyOf(projectId: number, dimension: TextDimension, text: string): string {
  return `${projectId} ${dimension} ${text}`;
}
