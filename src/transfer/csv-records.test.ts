import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { LONGEST_ROW_BYTES, linesOf } from './text-lines.ts';

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function records(text: string | Buffer, chunkBytes = 64 * 1024): Promise<CsvRecord[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const found: CsvRecord[] = [];
  for await (const record of csvRecords(linesOf(chunks(bytes, chunkBytes)))) found.push(record);
  return found;
}

async function fields(text: string | Buffer, chunkBytes?: number): Promise<(readonly string[] | string)[]> {
  return (await records(text, chunkBytes)).map((one) => ('fields' in one ? one.fields : one.problem));
}

const field = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((text) => text.toWellFormed())
  .filter((text) => !text.includes('\ufeff'));
const awkward = fc.stringMatching(/^[a",;\t \r\n']{0,8}$/);
const table = fc.array(fc.array(fc.oneof(field, awkward), { minLength: 2, maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
});

describe('records of a table', () => {
  test('are read as they were written, wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, end, size) => {
          // A first line of headings decides what separates fields, and no record of ours is an empty line.
          const all = [['a', 'b'], ...rows.map(([first = '', ...rest]) => [`x${first}`, ...rest])];
          const text = stringify(all, { record_delimiter: end, quoted: true });
          expect(await fields(text, size)).toEqual(all);
        },
      ),
    );
  });

  test('are the same as another reader’s', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const all = [['a', 'b'], ...rows.map(([first = '', ...rest]) => [`x${first}`, ...rest])];
        const text = stringify(all, { quoted_match: /[\r\n;\t]/ });
        expect(await fields(text)).toEqual(parse(text, { relax_column_count: true }));
      }),
    );
  });

  test.each([
    [
      'a byte order mark',
      '\ufeffa,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'line ends of all kinds',
      'a,b\r\n1,2\n3,4\r5,6',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
      ],
    ],
    [
      'empty lines',
      '\n\na,b\n\n  \n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'semicolons',
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'tabs',
      'a\tb\n1;\t2\n',
      [
        ['a', 'b'],
        ['1;', '2'],
      ],
    ],
    [
      'commas within quoted headings',
      '"a;a;a",b\n1,2\n',
      [
        ['a;a;a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'quotes in the middle of a field',
      'a,b\n5" disk,x"y"z\n',
      [
        ['a', 'b'],
        ['5" disk', 'x"y"z'],
      ],
    ],
    [
      'something after a closing quote',
      'a,b\n"1"2,3\n',
      [
        ['a', 'b'],
        ['12', '3'],
      ],
    ],
    [
      'line breaks in quotes',
      'a,b\n"1\r\n2",3\n',
      [
        ['a', 'b'],
        ['1\r\n2', '3'],
      ],
    ],
    [
      'a last field that is empty',
      'a,b\n1,\n,\n',
      [
        ['a', 'b'],
        ['1', ''],
        ['', ''],
      ],
    ],
  ])('with %s', async (_, text, expected) => {
    expect(await fields(text)).toEqual(expected);
    expect(await fields(text, 1)).toEqual(expected);
  });

  test('a quote that is never closed costs its own line and no other', async () => {
    const never = 'has a quote that is never closed';
    expect(await fields('a,b\n"1,2\n3,4\n5,6')).toEqual([['a', 'b'], never, ['3', '4'], ['5', '6']]);
    const many = Array.from({ length: 1_000 }, (_, n) => `${n},x`);
    expect(await fields(`a,b\n"1,2\n${many.join('\n')}`)).toEqual([
      ['a', 'b'],
      never,
      ...many.map((line) => line.split(',')),
    ]);
  });

  test('a quote that a later field would close is never closed either', async () => {
    const never = 'has a quote that is never closed';
    const rows = ['3,"open', '4,x', '5,"y"', '6,",y,"', '7,"\ny"', '8,"z,\n"', '9,","'];
    expect(await fields(['a,b', ...rows].join('\n'))).toEqual([
      ['a', 'b'],
      never,
      ['4', 'x'],
      ['5', 'y'],
      ['6', ',y,'],
      ['7', '\ny'],
      ['8', 'z,\n'],
      ['9', ','],
    ]);
    expect(await fields('a,b\n3,"open\n4,x "y"\n')).toEqual([['a', 'b'], never, ['4', 'x "y"']]);
  });

  test('one quote too many costs at most the row it stands in', async () => {
    const cell = fc.record({ text: fc.oneof(awkward, field), isQuoted: fc.boolean() });
    const written = (text: string, isQuoted = false) =>
      isQuoted || text.trim() === '' || /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        fc.constantFrom('\n', '\r\n'),
        async (rows, anyRow, anyCell, anyPlace, isAnywhere, end) => {
          // Between separators it is not seen which of two quotes is the one too many, unless it opens a field.
          const texts = rows.map((row) => row.map(({ text }) => (isAnywhere ? `x${text}x` : text)));
          const cells = texts.map((row, y) => row.map((text, x) => written(text, rows[y]?.[x]?.isQuoted)));
          const at = anyRow % rows.length;
          const broken = cells[at] as string[];
          const column = anyCell % broken.length;
          const whole = broken[column] as string;
          fc.pre(isAnywhere || !whole.startsWith('"'));
          const place = isAnywhere ? anyPlace % (whole.length + 1) : 0;
          broken[column] = `${whole.slice(0, place)}"${whole.slice(place)}`;
          const text = ['a,b', ...cells.map((row) => row.join(','))].join(end);
          const found = (await fields(text)).slice(1);
          const [before, after] = [texts.slice(0, at), texts.slice(at + 1)];
          expect(found.slice(0, before.length)).toEqual(before);
          expect(after.length === 0 ? [] : found.slice(-after.length)).toEqual(after);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('the first line may say what separates fields, and is no record then', async () => {
    for (const start of ['', '\ufeff', '\r\n']) {
      expect(await fields(`${start}sep=;\r\na,x;b\r\n"1";2\r\n`)).toEqual([
        ['a,x', 'b'],
        ['1', '2'],
      ]);
    }
    expect(await fields('SEP=|\na|b\nsep=;|2\n')).toEqual([
      ['a', 'b'],
      ['sep=;', '2'],
    ]);
    expect(await fields('a,b\nsep=;\n')).toEqual([['a', 'b'], ['sep=;']]);
  });

  test('a row of more than a MiB, and one that is no UTF-8, cost themselves', async () => {
    const long = 'x'.repeat(LONGEST_ROW_BYTES + 1);
    const bytes = Buffer.concat([
      Buffer.from(`a,b\n${long},1\n2,3\n`),
      Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a]),
      Buffer.from('4,é\n"open\n'),
      Buffer.from([0xc3, 0x0a]),
      Buffer.from('5,6\n'),
    ]);
    const noUtf8 = 'is not UTF-8; save the file as UTF-8';
    expect(await fields(bytes, 1_000)).toEqual([
      ['a', 'b'],
      'is longer than 1 MiB',
      ['2', '3'],
      noUtf8,
      ['4', 'é'],
      'has a quote that is never closed',
      noUtf8,
      ['5', '6'],
    ]);
  });

  test('any bytes come to an end, with ends that only grow to the size of the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.stringMatching(/^[a"\n\r,]{0,60}$/),
        fc.integer({ min: 1, max: 20 }),
        async (noise, text, size) => {
          const bytes = Buffer.concat([Buffer.from(text), noise, Buffer.from(text)]);
          const ends = (await records(bytes, size)).map(({ end }) => end);
          expect(ends).toEqual([...ends].sort((a, b) => a - b));
          expect(Math.max(0, ...ends)).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });
});

/** Lines that may be one record are looked at together, so there are many times as many. */
const LINES = 800;
const BYTES = 256 * 1024;

/** Whatever else the processor has to do only adds to a cost, so the fewest milliseconds of all attempts count. */
const ATTEMPTS = 20;

async function costOf(text: string): Promise<number> {
  const bytes = Buffer.from(text);
  const before = process.cpuUsage();
  for await (const _ of csvRecords(linesOf(chunks(bytes, 64 * 1024))));
  // Together they are exact; how they are shared out is guessed by the system.
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe('a table costs not much more than the same with commas for quotes', () => {
  test.each([
    ['quotes that could open or close, in short lines', ',",\n'],
    ['quotes that could open or close, in long lines', `${',",'.repeat(1_601)}\n`],
    ['a quote on each line', '"\n'],
    ['fields that never end, one after another', 'a","b\n'],
    ['long fields that never end, one after another', `a","${'b'.repeat(5_000)}\n`],
    ['quotes by the thousand in a field that never ends', `a,"${'""'.repeat(2_500)}\n`],
  ])('when it is %s', async (_what, unit) => {
    const text = `a,b\n${unit.repeat(Math.max(LINES, BYTES / unit.length))}`;
    let [cost, kind] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let attempt = 0; attempt < ATTEMPTS && !(cost < 10 * kind); attempt++) {
      cost = Math.min(cost, await costOf(text));
      kind = Math.min(kind, await costOf(text.replaceAll('"', ',')));
    }
    expect(cost).toBeLessThan(10 * kind);
  });
});
