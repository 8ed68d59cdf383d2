import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows } from './read-rows.ts';
import { WHOLE_CSV_HEAD, wholeCsvLine } from './whole-csv.ts';

async function readBack(text: string): Promise<{ rows: unknown[]; notes: string[] }> {
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const rows: unknown[] = [];
  const notes: string[] = [];
  for await (const { reading } of readRows('csv', bytes)) {
    rows.push('row' in reading ? reading.row : reading);
    if ('row' in reading) notes.push(...reading.notes);
  }
  return { rows, notes };
}

/** Anything: line breaks, spaces at the ends, formulas, half of a surrogate pair, what our own columns use as signs. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'set',
    '(off)',
    'off',
    "'=1+1",
    '=1',
    ' x ',
    'a\r\nb',
    '"',
    '00012',
    '[1]',
    'null',
    '\ufeffx',
  ),
);
const nameless = fc.dictionary(
  fc.string({ maxLength: 5 }).filter((name) => !['__proto__', 'constructor'].includes(name)),
  text,
  { maxKeys: 3, noNullPrototype: true },
);
const link = fc.record(
  {
    kind: fc.constant('link'),
    id: fc.oneof(fc.constant('lnk_0123456789abcdef'), text),
    domain: text,
    code: text,
    destination: fc.oneof(fc.webUrl(), text).filter((one) => one !== ''),
    ...{ title: text, description: text, memo: text, imageUrl: text, externalId: text, group: text },
    groupId: fc.oneof(fc.constant('grp_0123456789abcdef'), text),
    tags: fc.array(text, { maxLength: 3 }),
    settings: fc.record(
      {
        ...{ paused: fc.boolean(), password: fc.constant(false), expiredUrl: text, startsAt: text },
        ...{
          maxClicks: fc.oneof(fc.nat(), fc.constant(false)),
          redirectType: fc.constantFrom(200, 301, 302),
        },
      },
      { requiredKeys: [] },
    ),
    secretHashes: fc.record({ password: text, statsPassword: text }, { requiredKeys: [] }),
    campaign: fc.record({ source: text, term: text }, { requiredKeys: [] }),
    apps: fc.record({ ios: nameless }, { requiredKeys: [] }),
    metadata: nameless,
    ...{ clicks: fc.nat(), visitors: fc.nat(), foreignClicks: fc.nat(), limitUsed: fc.nat() },
    ...{ generatedCode: fc.constant(true), firebaseRequest: text, createdAt: text, source: text },
  },
  { requiredKeys: ['kind', 'destination'], noNullPrototype: true },
);
const other = fc
  .tuple(fc.constantFrom('group', 'app', 'domain', 'project', 'qr-logo', 'reserved-code'), nameless)
  .map(([kind, members]) => ({ ...members, kind }));

describe('everything as a table', () => {
  test('comes back as it went in, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(link, other), { minLength: 1, maxLength: 4 }), async (rows) => {
        const wanted = JSON.parse(JSON.stringify(rows)) as Record<string, unknown>[];
        const { rows: found } = await readBack(WHOLE_CSV_HEAD + wanted.map(wholeCsvLine).join(''));
        expect(found).toHaveLength(wanted.length);
        for (const [index, row] of found.entries()) {
          const { kind, ...read } = row as Record<string, unknown>;
          const { kind: expected, ...members } = wanted[index] ?? {};
          expect(kind).toBe(expected);
          // What is empty is not there, in both.
          expect(filledOf(read)).toEqual(filledOf(members));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('links stand in columns, with their hashes beside them, and no cell is a formula', () => {
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA';
    const line = wholeCsvLine({
      ...{ kind: 'link', code: 'a', destination: 'https://a.test/', groupId: 'grp_0123456789abcdef' },
      ...{ memo: '=1', secretHashes: { password: hash }, clicks: 1, visitors: 1 },
    });
    expect(line).toContain(`"${hash}"`);
    expect(line).toContain(`,'=1,`);
    expect(line).not.toContain('{');
    expect(line).not.toMatch(/,set,/);
  });

  test('a table of one’s own may have hashes, and protects with them instead of pausing', async () => {
    const head = 'code,url,password,password_hash,group_id,kind\n';
    const { rows, notes } = await readBack(`${head}a,https://a.test/,set,$argon2id$x,12,promo\n`);
    expect(rows).toEqual([
      { kind: 'link', code: 'a', destination: 'https://a.test/', secretHashes: { password: '$argon2id$x' } },
    ]);
    expect(notes).toEqual(['the column "group_id" was left out: what is in it is not ours']);
  });

  test('data that is no JSON costs its row', async () => {
    const { rows } = await readBack('row_kind,url,row_data\nlink,https://a.test/,[1]\ngroup,,nothing\n');
    expect(rows).toEqual([{ problem: 'row_data is not JSON' }, { problem: 'row_data is not JSON' }]);
  });
});

function filledOf(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => {
      if (['clicks', 'visitors'].includes(name) && value === 0) return false;
      if (value === null || value === '') return false;
      return typeof value !== 'object' || Object.keys(value as object).length > 0;
    }),
  );
}
