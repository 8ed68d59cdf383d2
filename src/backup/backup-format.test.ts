import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { LATEST_LEVEL, shapeOfLevel } from '../db/known-levels.ts';
import type { Cell, TableShape } from '../db/table-shape.ts';
import { binaryColumns, endLine, headerLine, rowLine, tableLine } from './backup-format.ts';
import { BackupProblem } from './backup-problem.ts';
import { type BackupPart, readBackup } from './read-backup.ts';
import { readingsOf } from './table-list.ts';

let tables: readonly TableShape[];
beforeAll(async () => {
  const shape = await shapeOfLevel(LATEST_LEVEL);
  tables = shape ? readingsOf(shape).map(({ table }) => table) : [];
});

const anyText = fc
  .oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constant('\n"],[\u2028'),
  )
  .map((text) => text.replaceAll('\0', '').toWellFormed());

function anyRow({ columns }: TableShape): fc.Arbitrary<Cell[]> {
  return fc.tuple(
    ...columns.map(({ name, kind, isShort, nullable }): fc.Arbitrary<Cell> => {
      if (name === 'id') return fc.constant(1);
      const cell: fc.Arbitrary<Cell> = {
        text: anyText,
        bytes: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
        integer: isShort ? fc.integer() : fc.maxSafeInteger(),
      }[kind];
      return nullable ? fc.option(cell, { nil: null }) : cell;
    }),
  );
}

type Rows = readonly (readonly [TableShape, readonly Cell[][]])[];

/** A few rows in a few tables; the others are empty. */
const anyRows = (): fc.Arbitrary<Rows> =>
  fc
    .tuple(...tables.map((table) => fc.array(anyRow(table), { maxLength: 2, size: 'xsmall' })))
    .map((rows) => rows.map((ofTable, at) => [tables[at] as TableShape, ofTable]));

function fileOf(rows: Rows): Buffer {
  const lines = [headerLine({ version: '1.2.3', at: '2026-01-01T00:00:00.000Z', level: LATEST_LEVEL })];
  for (const [table, ofTable] of rows) {
    lines.push(tableLine(table, 1), ...ofTable.map((row) => rowLine(row, binaryColumns(table))));
  }
  const before = Buffer.from(lines.join(''));
  const counts = new Map(rows.map(([{ name }, ofTable]) => [name, ofTable.length]));
  const sha256 = createHash('sha256').update(before).digest('hex');
  return Buffer.concat([before, Buffer.from(endLine(counts, sha256))]);
}

async function read(bytes: Buffer, chunkBytes = bytes.length): Promise<BackupPart[]> {
  const parts: BackupPart[] = [];
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  })();
  for await (const part of readBackup(chunks)) parts.push(part);
  return parts;
}

function rowsOf(parts: readonly BackupPart[]): Rows {
  const found: [TableShape, Cell[][]][] = [];
  for (const part of parts) {
    if (part.kind === 'table') found.push([part.table, []]);
    if (part.kind === 'rows') found.at(-1)?.[1].push(...part.rows.map((row) => [...row]));
  }
  return found;
}

const refused = async (bytes: Buffer) => {
  await expect(read(bytes)).rejects.toThrow(BackupProblem);
};

describe('a backup', () => {
  test('is read as it was written, however its bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows(), fc.integer({ min: 1, max: 3_000 }), async (rows, chunkBytes) => {
        const parts = await read(fileOf(rows), chunkBytes);
        expect(rowsOf(parts).map(([{ name }, ofTable]) => [name, ofTable])).toEqual(
          rows.map(([{ name }, ofTable]) => [name, ofTable]),
        );
        expect(parts[0]).toMatchObject({ kind: 'header', header: { version: '1.2.3', level: LATEST_LEVEL } });
        const total = rows.reduce((sum, [, ofTable]) => sum + ofTable.length, 0);
        expect(parts.at(-1)).toMatchObject({ kind: 'end', rows: total, tables: tables.length });
      }),
      { numRuns: 20 },
    );
  });

  test('that was cut anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows(), fc.nat(), async (rows, where) => {
        const whole = fileOf(rows);
        await refused(whole.subarray(0, where % whole.length));
      }),
      { numRuns: 60 },
    );
  });

  test('with a byte that is another is refused', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (rows, where, flip) => {
        const bytes = Buffer.from(fileOf(rows));
        const at = where % bytes.length;
        bytes[at] = (bytes[at] as number) ^ flip;
        await refused(bytes);
      }),
      { numRuns: 100 },
    );
  });

  test('with a line that is missing, twice there or at another place is refused', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows(), fc.nat(), fc.nat(), async (rows, one, other) => {
        const lines = fileOf(rows).toString('utf8').split('\n').slice(0, -1);
        const [from, to] = [one % lines.length, other % lines.length];
        const line = lines[from] as string;
        await refused(Buffer.from(`${lines.toSpliced(from, 1).join('\n')}\n`));
        await refused(Buffer.from(`${lines.toSpliced(to, 0, line).join('\n')}\n`));
        const moved = lines.toSpliced(from, 1).toSpliced(to, 0, line).join('\n');
        if (moved !== lines.join('\n')) await refused(Buffer.from(`${moved}\n`));
      }),
      { numRuns: 40 },
    );
  });

  test('followed by anything is refused, and so is what never was one', async () => {
    const whole = fileOf(tables.map((table) => [table, []]));
    for (const bytes of [
      `${whole}\n`,
      `${whole}x`,
      `${whole}${whole}`,
      '',
      '\n',
      'id,name\n1,x\n',
      '[1]\n',
      'null\n{}\n',
    ])
      await refused(Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => refused(Buffer.from(bytes))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.json(), { maxLength: 5 }), async (values) =>
        refused(Buffer.from(values.map((value) => `${value}\n`).join(''))),
      ),
    );
  });

  test('says where it is wrong, also when somebody has made its hash fit', async () => {
    const forged = (change: (lines: string[]) => void): Buffer => {
      const lines = fileOf(tables.map((table) => [table, []]))
        .toString('utf8')
        .split('\n')
        .slice(0, -2);
      change(lines);
      const before = Buffer.from(`${lines.join('\n')}\n`);
      const counts = new Map(tables.map(({ name }) => [name, 0]));
      return Buffer.concat([
        before,
        Buffer.from(endLine(counts, createHash('sha256').update(before).digest('hex'))),
      ]);
    };
    const first = (name: string) => tables.findIndex((table) => table.name === name) + 2;
    const says = async (change: (lines: string[]) => void, message: RegExp) => {
      await expect(read(forged(change))).rejects.toThrow(message);
    };
    await expect(read(forged(() => {}))).resolves.toBeDefined();
    const values = first('instance_value');
    await says(
      (lines) => lines.splice(values, 0, '["a",1]'),
      new RegExp(`^Line ${values + 1}, a row of instance_value, has no text as value`),
    );
    await says((lines) => lines.splice(values, 0, '["a"]'), /has 1 cells instead of 2/);
    await says((lines) => lines.splice(values, 0, '["a","\\u0000"]'), /has no text as value/);
    await says((lines) => lines.splice(values, 0, '["a",null]'), /has no text as value/);
    await says((lines) => lines.splice(values, 0, '["a","b"'), new RegExp(`^Line ${values + 1} is no JSON`));
    await says(
      (lines) => lines.splice(values, 0, '["a","b"]'),
      /^The last line, \d+, is not what the lines before/,
    );
    await says((lines) => lines.splice(first('statistics_state'), 0, '["a",1.5]'), /has no integer as value/);
    await says(
      (lines) => lines.splice(first('statistics_state'), 0, '["a",9007199254740993]'),
      /has no integer/,
    );
    await says(
      (lines) => lines.splice(first('click_block_column'), 0, '[1,"a","=="]'),
      /has no bytes as data/,
    );
    await says(
      (lines) => lines.splice(first('app_event_tally'), 0, '[1,2147483648,"ios",1,1]'),
      /no integer of 32 bits as day/,
    );
    await says((lines) => lines.splice(1, 1), /^Line 2 does not begin the table instance_value/);
    await says((lines) => lines.splice(1, 0, '[1]'), /^Line 2 is a row before any table/);
    await says((lines) => {
      lines[0] = (lines[0] as string).replace('"format":1', '"format":2');
    }, /written by another, probably newer, Switchyard \(1\.2\.3\)/);
    await says((lines) => {
      lines[0] = (lines[0] as string).replace(LATEST_LEVEL.config, '9999_later');
    }, /probably newer/);
    await says((lines) => {
      lines[0] = '{"type":"switchyard-backup","format":1}';
    }, /^Line 1 does not say/);
  });
});
