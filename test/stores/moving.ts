import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupFile } from '../../src/backup/backup-file.ts';
import { checkBackup, loadBackup } from '../../src/backup/restore-backup.ts';
import { writeBackup } from '../../src/backup/write-backup.ts';
import { openWholeLoader, openWholeReader } from '../../src/db/open-whole.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { ENGINES, type Engine } from '../support/engines.ts';

/** From each engine to each. */
export const WAYS = ENGINES.flatMap((from) =>
  ENGINES.map((to) => ({ from, to, name: `${from.name} to ${to.name}` })),
) as readonly { readonly from: Engine; readonly to: Engine; readonly name: string }[];

export async function backupOf(location: StoreLocation): Promise<string> {
  const reader = await openWholeReader(location);
  try {
    const blocks: Buffer[] = [];
    for await (const block of writeBackup(reader, { version: '0.0.0', at: 0 })) blocks.push(block);
    return Buffer.concat(blocks).toString('utf8');
  } finally {
    await reader.close();
  }
}

/**
 * As `switchyard restore` does it with a file of these bytes.
 *
 * @param loaded what the file holds once it was checked @returns what was in it
 */
export async function restoreInto(
  location: StoreLocation,
  bytes: string | Buffer,
  loaded: string | Buffer = bytes,
) {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-moving-'));
  const path = join(folder, 'all.backup');
  writeFileSync(path, bytes);
  const loader = await openWholeLoader(location);
  try {
    const file = new BackupFile(path);
    const contents = await checkBackup(file);
    if (loaded !== bytes) writeFileSync(path, loaded);
    await loadBackup(file, contents, loader);
    return contents;
  } finally {
    await loader.close();
    rmSync(folder, { recursive: true });
  }
}

/** How many rows of each table are in a backup. */
export function rowsIn(backup: string): Record<string, number> {
  return JSON.parse(backup.trimEnd().split('\n').at(-1) ?? '').rows;
}
