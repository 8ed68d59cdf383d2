import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK_ROWS, buildBlocks, columnOf, factsOf } from './block.ts';
import { constantColumn, decodeColumn, encodeColumn, valuesOf } from './column.ts';
import { FACT_COLUMNS, type Fact, type FactTable, TAKEN_BACK, tableOf } from './fact.ts';

const u32 = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(0xffffffff));

const anyFact: fc.Arbitrary<Fact> = fc.record({
  ...(Object.fromEntries(FACT_COLUMNS.map((name) => [name, u32])) as Record<
    (typeof FACT_COLUMNS)[number],
    fc.Arbitrary<number>
  >),
  weight: fc.constantFrom(1, 1, 1, TAKEN_BACK),
});

/** The facts of a table, without an order of their own. */
function rowsOf(table: FactTable): string[] {
  return Array.from(table.link, (_, row) => FACT_COLUMNS.map((name) => table[name][row]).join(' ')).sort();
}

test.each([
  ['one value', () => 7, 0, 1],
  ['few values', (row: number) => row % 200, 1, 200],
  ['many values', (row: number) => row % 3_000, 2, 3_000],
  ['all different', (row: number) => row * 65_537, 4, 0],
])('a column of %s takes the fewest bytes', (_, value, width, dictionary) => {
  const values = Uint32Array.from({ length: 10_000 }, (_, row) => value(row));
  const bytes = encodeColumn(values);
  expect(bytes.length).toBe(8 + dictionary * 4 + values.length * width);
  expect(valuesOf(decodeColumn(bytes, values.length))).toEqual(values);
});

test('a column comes back as it went in, wherever its bytes lie in memory', () => {
  fc.assert(
    fc.property(fc.array(u32, { minLength: 1, maxLength: 600 }), fc.nat(3), (values, shift) => {
      const bytes = encodeColumn(Uint32Array.from(values));
      const moved = new Uint8Array(bytes.length + 4).subarray(shift, shift + bytes.length);
      moved.set(bytes);
      const column = decodeColumn(moved, values.length);
      expect([...valuesOf(column)]).toEqual(values);
      if (column.dictionary)
        expect([...column.dictionary]).toEqual([...new Set(values)].sort((a, b) => a - b));
    }),
  );
});

test('bytes that are no column of so many rows are refused, never misread', () => {
  const bytes = encodeColumn(Uint32Array.from([1, 2, 3, 2]));
  for (const wrong of [
    bytes.subarray(0, 4),
    bytes.subarray(0, -1),
    new Uint8Array([3, ...bytes.subarray(1)]),
  ]) {
    expect(() => decodeColumn(wrong, 4)).toThrow(/no column of 4 rows/);
  }
  expect(() => decodeColumn(bytes, 5)).toThrow(/no column of 5 rows/);
  expect(() => decodeColumn(new Uint8Array(0), 0)).toThrow(/no column/);
});

test('a constant column may be longer than any before', () => {
  expect([...valuesOf(constantColumn(9, 100_000))].every((value) => value === 9)).toBe(true);
});

test('blocks hold exactly the facts they were built of, in order, and say where they lie', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { minLength: 1, maxLength: 60 }), (facts) => {
      const table = tableOf(facts);
      const blocks = buildBlocks(table);
      expect(blocks).toHaveLength(1);
      expect(rowsOf(factsOf(blocks))).toEqual(rowsOf(table));
      for (const { columns, rows, minLink, maxLink, fromQuarter, toQuarter } of blocks) {
        const links = [...valuesOf(columnOf(columns.get('link'), 'link', rows))];
        const quarters = [...valuesOf(columnOf(columns.get('quarter'), 'quarter', rows))];
        expect(links).toEqual(links.toSorted((a, b) => a - b));
        expect([minLink, maxLink]).toEqual([links[0], links.at(-1)]);
        expect([fromQuarter, toQuarter]).toEqual([Math.min(...quarters), Math.max(...quarters)]);
      }
    }),
  );
});

test('blocks of blocks are the blocks of all their facts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyFact, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 }),
      (runs) => {
        const merged = buildBlocks(factsOf(runs.flatMap((facts) => buildBlocks(tableOf(facts)))));
        expect(rowsOf(factsOf(merged))).toEqual(rowsOf(tableOf(runs.flat())));
      },
    ),
  );
});

test('what is usual takes no bytes, and many facts make several blocks whose links follow each other', () => {
  const fact = { ...(fc.sample(anyFact, 1)[0] as Fact), weight: 1, group: 0, flags: 0, country: 0 };
  const rows = BLOCK_ROWS * 2 + 10;
  const table = tableOf([fact]);
  const long = Object.fromEntries(
    FACT_COLUMNS.map((name) => [name, new Uint32Array(rows).fill(table[name][0] as number)]),
  ) as Record<(typeof FACT_COLUMNS)[number], Uint32Array>;
  long.link = Uint32Array.from({ length: rows }, (_, row) => (row * 7_919) % 1_000);
  const blocks = buildBlocks(long);
  expect(blocks.map(({ rows }) => rows)).toEqual([BLOCK_ROWS, BLOCK_ROWS, 10]);
  for (const [index, block] of blocks.entries()) {
    for (const name of ['weight', 'group', 'flags', 'country'] as const)
      expect(block.columns.has(name)).toBe(false);
    expect(block.minLink).toBeGreaterThanOrEqual(blocks[index - 1]?.maxLink ?? 0);
  }
});
