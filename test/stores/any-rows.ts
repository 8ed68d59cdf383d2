import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { LATEST_LEVEL, shapeOfLevel } from '../../src/db/known-levels.ts';
import type { Cell, ColumnShape, StoreShape, TableShape } from '../../src/db/table-shape.ts';

/** Of tables that others name, so that rows can name each other. */
const IDS = [1, 2, 3];
const NAMES_A_ROW = /^(project|domain|group|link|long_link|ios_app|android_app)_id$/;

export async function latestShape(): Promise<StoreShape> {
  const shape = await shapeOfLevel(LATEST_LEVEL);
  if (!shape) throw new Error('the latest level is unknown');
  return shape;
}

/** Texts with everything that means something to JSON, COPY or a terminal. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  fc.constantFrom('', '\\N', '\\.', 'a\tb\nc\r\\d', '"\u2028[1]"', '소식 💡', '\u001b[2J'),
);

function anyCell(column: ColumnShape): fc.Arbitrary<Cell> {
  const whole: fc.Arbitrary<Cell> =
    column.kind === 'text'
      ? anyText
      : column.kind === 'bytes'
        ? fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
        : column.isShort
          ? fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31))
          : fc.constantFrom(0, 1, -1, 1_760_000_000_000, Number.MAX_SAFE_INTEGER);
  return column.nullable ? fc.option(whole, { nil: null, freq: 4 }) : whole;
}

/** Rows that a table of this shape can hold: `count` of them, numbered 1, 2, … where the table has an `id`. */
export function anyRows(table: TableShape, count: number): fc.Arbitrary<Cell[][]> {
  const row = fc.tuple(...table.columns.map(anyCell));
  return fc.array(row, { minLength: count, maxLength: count }).map((rows) =>
    rows.map((cells, index) =>
      cells.map((cell, at): Cell => {
        const { name, kind } = table.columns[at] as ColumnShape;
        if (name === 'id') return index + 1;
        if (NAMES_A_ROW.test(name)) return cell === null ? null : (IDS[index % IDS.length] as number);
        // What is unique somewhere.
        const isOwn =
          table.key.includes(name) ||
          /^(public_id|key_hash|event_id|host|code|endpoint_hash|value|fingerprint)$/.test(name);
        if (isOwn) return kind === 'text' ? `${cell}#${index}` : index + 1;
        if (name === 'is_default') return index === 0 ? 1 : 0;
        return cell;
      }),
    ),
  );
}

/** Writes them past the product, in SQL of either engine. */
export async function insertRows(
  db: Kysely<unknown>,
  table: TableShape,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  await sql`delete from ${sql.table(table.name)}`.execute(db);
  const names = sql.join(table.columns.map(({ name }) => sql.ref(name)));
  for (const row of rows) {
    await sql`insert into ${sql.table(table.name)} (${names}) values (${sql.join([...row])})`.execute(db);
  }
}
