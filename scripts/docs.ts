/** `npm run docs`: writes the documents that follow from the code. `test/documents.test.ts` fails when one is stale. */
import { writeFile } from 'node:fs/promises';
import { generatedDocuments } from './documents.ts';

for (const [path, text] of await generatedDocuments()) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
  console.error(`wrote ${path}`);
}
