import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CREATED } from './import-entry.ts';
import { type ImportPlan, importFile, type RowBatch } from './import-file.ts';
import { SourceFile } from './source-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function batchesOf(text: string, more: Partial<ImportPlan>): Promise<RowBatch[]> {
  const path = join(folder, 'table.csv');
  writeFileSync(path, text);
  const plan = {
    kind: 'csv',
    domain: undefined,
    group: undefined,
    onConflict: 'skip',
    dryRun: false,
  } as const;
  const batches: RowBatch[] = [];
  const target = {
    rowsPerBatch: 250,
    findRun: async () => undefined,
    async take(batch: RowBatch) {
      batches.push(batch);
      return { outcomes: batch.rows.map(() => CREATED), stop: null };
    },
  };
  const watch = { begins: () => 0, row: () => {}, batch: () => {}, wantsToStop: () => false };
  await importFile(new SourceFile(path), { ...plan, again: false, ...more }, target, watch);
  return batches;
}

test('rows with a password count for several, because each is hashed; in a dry run none is', async () => {
  const rows = Array.from({ length: 400 }, (_, n) => `https://a.test/,${n < 100 ? 'open sesame' : ''}\n`);
  const text = `url,password\n${rows.join('')}`;
  const sizes = async (dryRun: boolean) =>
    (await batchesOf(text, { dryRun })).map(({ rows: all }) => all.length);
  expect(await sizes(false)).toEqual([25, 25, 25, 25, 250, 50]);
  expect(await sizes(true)).toEqual([250, 150]);
});
