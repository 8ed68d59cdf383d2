import type { Source } from './source.ts';
import { bitly } from './sources/bitly.ts';
import { csv } from './sources/csv.ts';
import { dub } from './sources/dub.ts';
import { firebase } from './sources/firebase.ts';
import { kutt } from './sources/kutt.ts';
import { shlink } from './sources/shlink.ts';
import { yourls } from './sources/yourls.ts';

/** What can be imported, by the word for it; `ndjson` is our own export in full. */
export const SOURCES = { firebase, csv, bitly, kutt, yourls, shlink, dub } as const satisfies Record<
  string,
  Source
>;

export const IMPORT_KINDS = [
  'ndjson',
  'firebase',
  'csv',
  'bitly',
  'kutt',
  'yourls',
  'shlink',
  'dub',
] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export function isImportKind(text: string): text is ImportKind {
  return (IMPORT_KINDS as readonly string[]).includes(text);
}
