import type { BatchReader, BatchTransaction } from '../../db/batch-writer.ts';
import { OTHER_TEXT, OTHER_VALUE, TEXT_DIMENSIONS, type TextDimension } from '../blocks/fact.ts';
import { type KnownClick, textsOf } from './known-click.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const REMEMBERED = 200_000;

/**
 * What visitors write (referrers, campaigns) must not grow without bound: so many texts that nobody has seen before
 * are taken up for each dimension and day of clicks. What comes after them is "other" in statistics and itself in the
 * raw click, whose flags say so.
 */
export interface NewTextsPerDay {
  readonly ofProject: number;
  /** So that nobody can use up a project's share by inventing campaigns of one link. */
  readonly ofLink: number;
}

const NEW_TEXTS_PER_DAY: NewTextsPerDay = { ofProject: 2_000, ofLink: 250 };

/** The codes of texts. Reads and extends `dimension_value`; remembers what has been committed. */
export class Dictionary {
  readonly #bounds: NewTextsPerDay;
  #known = new Map<string, number>();

  constructor(bounds = NEW_TEXTS_PER_DAY) {
    this.#bounds = bounds;
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
    const codes = new Map<string, number>();
    await load(tx, [...missing.values()], codes);
    const unseen = [...missing].filter(([key]) => !codes.has(key)).map(([, text]) => text);
    if (unseen.length > 0) {
      const taken = await this.#withinBounds(tx, unseen);
      await tx.insertMany({
        table: 'dimension_value',
        columns: { project_id: 'bigint', dimension: 'text', value: 'text', day: 'bigint', link_id: 'bigint' },
        rows: taken.map(({ projectId, dimension, text, day, linkId }) => [
          projectId,
          dimension,
          text,
          day,
          linkId,
        ]),
        onConflict: 'on conflict do nothing',
      });
      await load(tx, taken, codes);
    }
    return new Codes(this.#known, codes);
  }

  /** Only what was committed may be remembered. */
  remember({ found }: Codes): void {
    for (const [key, code] of found) this.#known.set(key, code);
  }

  #missing(
    clicks: readonly { readonly click: KnownClick; readonly projectId: number }[],
  ): Map<string, NewText> {
    const missing = new Map<string, NewText>();
    for (const { click, projectId } of clicks) {
      const texts = textsOf(click);
      for (const dimension of TEXT_DIMENSIONS) {
        const text = texts[dimension];
        if (text === '' || text === OTHER_TEXT) continue;
        const key = keyOf(projectId, dimension, text);
        if (this.#known.has(key) || missing.has(key)) continue;
        missing.set(key, {
          projectId,
          dimension,
          text,
          linkId: click.linkId,
          day: Math.floor(click.at / DAY_MS),
        });
      }
    }
    return missing;
  }

  async #withinBounds(tx: BatchTransaction, unseen: readonly NewText[]): Promise<NewText[]> {
    const rooms = new Map<string, number>();
    const room = async (
      drawer: string,
      bound: number,
      where: string,
      parameters: readonly (string | number)[],
    ) => {
      const known = rooms.get(drawer);
      if (known !== undefined) return known;
      const [row] = await tx.all<{ n: number }>(
        `select count(*) as n from dimension_value where ${where}`,
        parameters,
      );
      const left = bound - (row?.n ?? 0);
      rooms.set(drawer, left);
      return left;
    };
    const taken: NewText[] = [];
    for (const text of unseen) {
      const { projectId, dimension, day, linkId } = text;
      const ofProject = `${projectId}/${dimension}/${day}`;
      const ofLink = `${ofProject}/${linkId}`;
      const where = 'project_id = $1 and dimension = $2 and day = $3';
      const left = Math.min(
        await room(ofProject, this.#bounds.ofProject, where, [projectId, dimension, day]),
        await room(ofLink, this.#bounds.ofLink, `${where} and link_id = $4`, [
          projectId,
          dimension,
          day,
          linkId,
        ]),
      );
      if (left <= 0) continue;
      taken.push(text);
      for (const drawer of [ofProject, ofLink]) rooms.set(drawer, (rooms.get(drawer) ?? 0) - 1);
    }
    return taken;
  }
}

interface NewText {
  readonly projectId: number;
  readonly dimension: TextDimension;
  readonly text: string;
  /** Of the click that brought it, in days since 1970 (UTC). */
  readonly day: number;
  readonly linkId: number;
}

/** The codes that a batch needs. */
export class Codes {
  /** What was not remembered before. */
  readonly found: ReadonlyMap<string, number>;
  readonly #known: ReadonlyMap<string, number>;

  constructor(known: ReadonlyMap<string, number>, found: ReadonlyMap<string, number> = new Map()) {
    this.#known = known;
    this.found = found;
  }

  /** All codes there are of some project. */
  static async ofProject(reader: BatchReader, projectId: number): Promise<Codes> {
    const rows = await reader.all<{ id: number; dimension: TextDimension; value: string }>(
      'select id, dimension, value from dimension_value where project_id = $1',
      [projectId],
    );
    return new Codes(
      new Map(rows.map(({ id, dimension, value }) => [keyOf(projectId, dimension, value), id])),
    );
  }

  codeOf(projectId: number, dimension: TextDimension, text: string): number {
    const key = keyOf(projectId, dimension, text);
    return this.#known.get(key) ?? this.found.get(key) ?? OTHER_VALUE;
  }
}

async function load(
  tx: BatchTransaction,
  texts: readonly NewText[],
  codes: Map<string, number>,
): Promise<void> {
  const rows = await tx.findEach<{ id: number }>(
    {
      select: 'dimension_value.id',
      from: 'dimension_value',
      where: `dimension_value.project_id = asked.project_id and dimension_value.dimension = asked.dimension
        and dimension_value.value = asked.value`,
    },
    {
      columns: { project_id: 'bigint', dimension: 'text', value: 'text' },
      rows: texts.map(({ projectId, dimension, text }) => [projectId, dimension, text]),
    },
  );
  for (const { n, id } of rows) {
    const { projectId, dimension, text } = texts[n] as NewText;
    codes.set(keyOf(projectId, dimension, text), id);
  }
}

function keyOf(projectId: number, dimension: TextDimension, text: string): string {
  return `${projectId} ${dimension} ${text}`;
}
