import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CSV_HEAD, csvLine } from './link-csv.ts';
import { readRows } from './read-rows.ts';

async function readBack(links: readonly object[]): Promise<unknown[]> {
  const text = CSV_HEAD + links.map((link) => csvLine(link as Record<string, unknown>)).join('');
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const rows: unknown[] = [];
  for await (const { reading } of readRows('csv', bytes)) rows.push('row' in reading ? reading.row : reading);
  return rows;
}

/** A table has no line breaks and no spaces around its texts. */
const text = (maxLength: number) =>
  fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength }),
      fc.stringMatching(/^['=+\-@|% a",;]{1,8}$/),
      fc.constantFrom("'=1+1", "''=x", '=HYPERLINK("x")', '－1', "'", 'it’s', 'true', '0012'),
    )
    .map((one) => one.replace(/\p{Cc}+/gu, ' ').trim())
    .filter((one) => one !== '');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const instant = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const part = (names: readonly string[]) =>
  optional(
    fc
      .tuple(fc.subarray([...names], { minLength: 1 }), text(10))
      .map(([some, value]) => Object.fromEntries(some.map((name) => [name, value]))),
  );

const link = fc.record({
  kind: fc.constant('link'),
  id: fc.constant('lnk_0123456789abcdef'),
  domain: optional(fc.constant('go.test/x')),
  code: fc.stringMatching(/^[A-Za-z0-9_-]{1,10}$/),
  destination: text(20),
  title: optional(text(20)),
  memo: optional(text(20)),
  group: optional(text(20)),
  tags: optional(fc.uniqueArray(text(8), { minLength: 1, maxLength: 4 })),
  settings: optional(
    fc.record({
      paused: fc.boolean(),
      startsAt: fc.oneof(instant, fc.constant(false)),
      expiredUrl: fc.constantFrom('https://a.test/', false),
      maxClicks: fc.constantFrom(1, 10_000, false),
      password: fc.constant(false),
      redirectType: fc.constantFrom(200, 301),
    }),
  ),
  campaign: part(['source', 'medium', 'campaign', 'term', 'content']),
  social: part(['title', 'description']),
  imageUrl: optional(fc.webUrl({ withQueryParameters: true, withFragments: true })),
  apps: optional(fc.record({ ios: fc.record({ identifier: text(10), deepLink: text(10) }) })),
  appRouting: optional(fc.record({ forceRedirect: fc.constant(true), ct: text(10) })),
  metadata: optional(fc.dictionary(text(5), fc.string(), { minKeys: 1, maxKeys: 3 })),
  createdAt: instant,
  clicks: fc.nat(),
  visitors: fc.nat(),
});

test('links come back from a table as they went in, whatever spreadsheets would make of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(link, { minLength: 1, maxLength: 3 }), async (links) => {
      const plain = JSON.parse(JSON.stringify(links));
      expect(await readBack(plain)).toEqual(plain);
    }),
    { numRuns: 300 },
  );
});

test('no cell of a table is a formula', async () => {
  await fc.assert(
    fc.property(link, (one) => {
      for (const cell of csvLine(one).split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
        expect(cell.replace(/^"/, '')).not.toMatch(/^[\s\p{Cf}]*[=+\-@＝＋－＠|%]/u);
      }
    }),
  );
});

test('a password is neither written nor lost: its link is paused until it has one again', async () => {
  const hashed = { kind: 'link', destination: 'https://a.test/', secretHashes: { password: '$argon2id$…' } };
  expect(csvLine(hashed)).not.toContain('argon2');
  expect(await readBack([hashed])).toEqual([
    { kind: 'link', destination: 'https://a.test/', clicks: 0, visitors: 0, settings: { paused: true } },
  ]);
});
