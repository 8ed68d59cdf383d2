import type { BatchReader, BatchTransaction } from '../../db/batch-writer.ts';
import { OTHER_VALUE, TEXT_DIMENSIONS, type TextDimension } from '../blocks/fact.ts';
import { type KnownClick, textsOf } from './known-click.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const REMEMBERED = 200_000;

/**
 * What visitors write (referrers, campaigns) must not grow without bound: so many texts that nobody has seen before
 * are taken up for each project, dimension and day. What comes after them is "other" in statistics and itself in the
 * raw click.
 */
export const NEW_TEXTS_PER_DAY = 2_000;

/** A code, and the first day whose clicks have it: so that every way to the facts of a click gives the same ones. */
export interface KnownText {
  readonly code: number;
  /** Days since 1970 (UTC). */
  readonly day: number;
}

/** The codes of texts. Reads and extends `dimension_value`; remembers what has been committed. */
export class Dictionary {
  readonly #newTextsPerDay: number;
  #known = new Map<string, KnownText>();

  constructor(newTextsPerDay = NEW_TEXTS_PER_DAY) {
    this.#newTextsPerDay = newTextsPerDay;
  }

  /** After a failure nobody knows what of it was committed. */
  forget(): void {
    this.#known.clear();
  }

  /** Codes of every text of these clicks. */
  async codesFor(
    tx: BatchTransaction,
    clicks: readonly { readonly click: KnownClick; readonly projectId: number }[],
  ): Promise<Codes> {
    if (this.#known.size > REMEMBERED) this.#known = new Map();
    const missing = this.#missing(clicks);
    if (missing.size === 0) return new Codes(this.#known);
    const codes = new Map<string, KnownText>();
    await load(tx, [...missing.values()], codes);
    const unseen = [...missing]
      .filter(([key, { day }]) => day < (codes.get(key)?.day ?? Number.POSITIVE_INFINITY))
      .map(([, text]) => text);
    if (unseen.length > 0) {
      const taken = await this.#withinBounds(tx, unseen);
      await tx.insertMany({
        table: 'dimension_value',
        columns: { project_id: 'bigint', dimension: 'text', value: 'text', day: 'bigint' },
        rows: taken.map(({ projectId, dimension, text, day }) => [projectId, dimension, text, day]),
        // A click of an earlier day has come in late.
        onConflict: `on conflict (project_id, dimension, value) do update set day = excluded.day
                      where excluded.day < dimension_value.day`,
      });
      await load(tx, taken, codes);
    }
    return new Codes(this.#known, codes);
  }

  /** Only what was committed may be remembered. */
  remember({ found }: Codes): void {
    for (const [key, text] of found) this.#known.set(key, text);
  }

  #missing(
    clicks: readonly { readonly click: KnownClick; readonly projectId: number }[],
  ): Map<string, NewText> {
    const missing = new Map<string, NewText>();
    for (const { click, projectId } of clicks) {
      const texts = textsOf(click);
      for (const dimension of TEXT_DIMENSIONS) {
        const text = texts[dimension];
        if (text === '') continue;
        const key = keyOf(projectId, dimension, text);
        const day = dayOf(click);
        if (day >= (this.#known.get(key)?.day ?? Number.POSITIVE_INFINITY)) continue;
        if (day >= (missing.get(key)?.day ?? Number.POSITIVE_INFINITY)) continue;
        missing.set(key, { projectId, dimension, text, day });
      }
    }
    return missing;
  }

  async #withinBounds(tx: BatchTransaction, unseen: readonly NewText[]): Promise<NewText[]> {
    const room = new Map<string, number>();
    const taken: NewText[] = [];
    for (const text of unseen) {
      const { projectId, dimension, day } = text;
      const drawer = `${projectId}/${dimension}/${day}`;
      let left = room.get(drawer);
      if (left === undefined) {
        const [row] = await tx.all<{ n: number }>(
          'select count(*) as n from dimension_value where project_id = $1 and dimension = $2 and day = $3',
          [projectId, dimension, day],
        );
        left = this.#newTextsPerDay - (row?.n ?? 0);
      }
      if (left > 0) taken.push(text);
      room.set(drawer, left - 1);
    }
    return taken;
  }
}

interface NewText {
  readonly projectId: number;
  readonly dimension: TextDimension;
  readonly text: string;
  readonly day: number;
}

/** The codes that a batch needs. */
export class Codes {
  /** What was not remembered before. */
  readonly found: ReadonlyMap<string, KnownText>;
  readonly #known: ReadonlyMap<string, KnownText>;

  constructor(known: ReadonlyMap<string, KnownText>, found: ReadonlyMap<string, KnownText> = new Map()) {
    this.#known = known;
    this.found = found;
  }

  /** All codes there are of some project. */
  static async ofProject(reader: BatchReader, projectId: number): Promise<Codes> {
    const rows = await reader.all<{ id: number; dimension: TextDimension; value: string; day: number }>(
      'select id, dimension, value, day from dimension_value where project_id = $1',
      [projectId],
    );
    return new Codes(
      new Map(
        rows.map(({ id, dimension, value, day }) => [keyOf(projectId, dimension, value), { code: id, day }]),
      ),
    );
  }

  codeOf(projectId: number, dimension: TextDimension, text: string, day: number): number {
    const key = keyOf(projectId, dimension, text);
    const known = this.found.get(key) ?? this.#known.get(key);
    return known && known.day <= day ? known.code : OTHER_VALUE;
  }
}

export function dayOf({ at }: { readonly at: number }): number {
  return Math.floor(at / DAY_MS);
}

async function load(
  tx: BatchTransaction,
  texts: readonly NewText[],
  codes: Map<string, KnownText>,
): Promise<void> {
  const rows = await tx.findEach<{ id: number; day: number }>(
    {
      select: 'dimension_value.id, dimension_value.day',
      from: 'dimension_value',
      where: `dimension_value.project_id = asked.project_id and dimension_value.dimension = asked.dimension
        and dimension_value.value = asked.value`,
    },
    {
      columns: { project_id: 'bigint', dimension: 'text', value: 'text' },
      rows: texts.map(({ projectId, dimension, text }) => [projectId, dimension, text]),
    },
  );
  for (const { n, id, day } of rows) {
    const { projectId, dimension, text } = texts[n] as NewText;
    codes.set(keyOf(projectId, dimension, text), { code: id, day });
  }
}

function keyOf(projectId: number, dimension: TextDimension, text: string): string {
  return `${projectId} ${dimension} ${text}`;
}
