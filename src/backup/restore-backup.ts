import type { OpenSink, RowSink, WholeStoreLoader } from '../db/whole-store.ts';
import type { BackupFile } from './backup-file.ts';
import type { BackupHeader } from './backup-format.ts';
import { BackupProblem } from './backup-problem.ts';
import { type BackupPart, readBackup } from './read-backup.ts';

/** What a backup that is whole has in it. */
export interface BackupContents extends BackupHeader {
  readonly rows: number;
  readonly tables: number;
  readonly sha256: string;
}

/** Told how many bytes of the file and rows are done. */
export type RestoreWatch = (progress: { readonly bytes: number; readonly rows: number }) => void;

/** Reads all of a backup. @throws BackupProblem when it is not whole */
export async function checkBackup(file: BackupFile, watch: RestoreWatch = () => {}): Promise<BackupContents> {
  let header: BackupHeader | undefined;
  for await (const part of partsOf(file, watch)) {
    if (part.kind === 'header') header = part.header;
    if (part.kind === 'end' && header)
      return { ...header, rows: part.rows, tables: part.tables, sha256: part.sha256 };
  }
  throw new BackupProblem('The file has no end.');
}

/**
 * Fills an empty place with what a backup holds, whole or not at all.
 *
 * @param contents what `checkBackup` has found in the file
 * @throws BackupProblem when the file is another by now
 */
export async function loadBackup(
  file: BackupFile,
  contents: BackupContents,
  loader: WholeStoreLoader,
  watch: RestoreWatch = () => {},
): Promise<void> {
  const parts = partsOf(file, watch);
  const first = await parts.next();
  if (first.done || first.value.kind !== 'header') throw changed();
  try {
    await loader.load(first.value.shape, contents.sha256, (open) => fill(parts, contents, open));
  } finally {
    await parts.return(undefined);
  }
}

async function fill(
  parts: AsyncGenerator<BackupPart>,
  { sha256 }: BackupContents,
  open: OpenSink,
): Promise<void> {
  let sink: RowSink | undefined;
  for await (const part of parts) {
    if (part.kind === 'rows') {
      await sink?.take(part.rows);
      continue;
    }
    await sink?.end();
    sink = part.kind === 'table' ? await open(part.table, part.lastId) : undefined;
    if (part.kind === 'end' && part.sha256 !== sha256) throw changed();
  }
}

function changed(): BackupProblem {
  return new BackupProblem('The file was changed while it was being restored.');
}

async function* partsOf(file: BackupFile, watch: RestoreWatch): AsyncGenerator<BackupPart> {
  let rows = 0;
  // The file is read ahead of its rows.
  let [bytes, next] = [0, 0];
  const read = (count: number) => {
    [bytes, next] = [Math.min(next, file.sizeBytes - 1), count];
  };
  for await (const part of readBackup(file.bytes(read))) {
    if (part.kind === 'end') watch({ bytes: file.sizeBytes, rows });
    yield part;
    if (part.kind !== 'rows') continue;
    rows += part.rows.length;
    watch({ bytes, rows });
  }
}
