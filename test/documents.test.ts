import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generatedDocuments } from '../scripts/documents.ts';

test('documents that follow from the code are up to date; run "npm run docs"', async () => {
  for (const [path, text] of await generatedDocuments()) {
    expect(await readFile(new URL(`../${path}`, import.meta.url), 'utf8'), path).toBe(text);
  }
});
