import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CREATED } from './import-entry.ts';
import {
  type ImportPlan,
  type ImportSummary,
  importFile,
  Overtaken,
  type ReportedRow,
  type RowBatch,
} from './import-file.ts';
import { SourceFile } from './source-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Imported {
  readonly batches: readonly RowBatch[];
  readonly rows: readonly ReportedRow[];
  readonly summary: ImportSummary;
}

/** @param most batches after which another process has overtaken this one */
async function imported(
  text: string,
  more: Partial<ImportPlan>,
  most = Number.POSITIVE_INFINITY,
): Promise<Imported> {
  const path = join(folder, 'table.csv');
  writeFileSync(path, text);
  const plan = {
    kind: 'csv',
    domain: undefined,
    group: undefined,
    onConflict: 'skip',
    dryRun: false,
    ignoreColumns: [],
  } as const;
  const batches: RowBatch[] = [];
  const rows: ReportedRow[] = [];
  const target = {
    rowsPerBatch: 250,
    findRun: async () => undefined,
    listDomains: async () => [],
    async take(batch: RowBatch) {
      if (batches.length === most) throw new Overtaken();
      batches.push(batch);
      return { outcomes: batch.rows.map(() => CREATED), stop: null };
    },
  };
  const watch = {
    begins: () => 0,
    columnsLeftOut: () => {},
    row: (row: ReportedRow) => rows.push(row),
    batch: () => {},
    wantsToStop: () => false,
  };
  const file = new SourceFile(path);
  const summary = await importFile(file, { ...plan, again: false, ...more }, target, watch);
  return { batches, rows, summary };
}

test('rows with a password count for several, because each is hashed; in a dry run none is', async () => {
  const rows = Array.from({ length: 400 }, (_, n) => `https://a.test/,${n < 100 ? 'open sesame' : ''}\n`);
  const text = `url,password\n${rows.join('')}`;
  const sizes = async (dryRun: boolean) =>
    (await imported(text, { dryRun })).batches.map(({ rows: all }) => all.length);
  expect(await sizes(false)).toEqual([25, 25, 25, 25, 250, 50]);
  expect(await sizes(true)).toEqual([250, 150]);
});

test('ends where another process has come further, in whichever batch', async () => {
  const text = `url\n${'https://a.test/\n'.repeat(600)}`;
  for (const most of [0, 1, 2]) {
    const { summary } = await imported(text, {}, most);
    expect(summary).toMatchObject({ end: 'overtaken', created: 250 * most });
  }
});

test('a link that moves below a prefix says so, and one whose path would end is refused', async () => {
  const text =
    'short,url\ns.test/a,https://a.test/\ngo.test/b,https://b.test/\ngo.test/share/c,https://c.test/\n';
  const { rows, batches } = await imported(text, { domain: 'go.test/share', dryRun: true });
  expect(rows.map(({ reasons }) => reasons)).toEqual([
    ['stood at /a, stands at /share/a now'],
    ['stands at /b there; to keep that path import it with --domain go.test'],
    [],
  ]);
  expect(batches.at(-1)?.rows).toMatchObject([{ code: 'a', domain: 'go.test/share' }, {}, { code: 'c' }]);
});

test('the report names the destination of a row that was refused, too, and a time of creation costs no row', async () => {
  const text = [
    'short,url,created_at,ends_at,notes',
    's.test/a,https://a.test/,yesterday,,x',
    's.test/b,https://b.test/,,soon,x',
    's.test/,https://c.test/,,,x',
  ].join('\n');
  const { rows } = await imported(text, {});
  expect(rows).toMatchObject([
    {
      outcome: 'created',
      destination: 'https://a.test/',
      reasons: ['created_at could not be read'],
    },
    {
      destination: 'https://b.test/',
      reasons: ['ends_at is no instant such as 2026-03-31T23:59:59Z'],
    },
    { destination: 'https://c.test/', reasons: ['"s.test/" is no short link'] },
  ]);
});
