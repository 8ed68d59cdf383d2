import { join } from 'node:path';
import { BackupFile } from '../backup/backup-file.ts';
import { type BackupContents, checkBackup, loadBackup, type RestoreWatch } from '../backup/restore-backup.ts';
import { listSegments } from '../clicks/journal/segment-directory.ts';
import { type Config, decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { openWholeLoader } from '../db/open-whole.ts';
import { RestoredFiles } from '../db/restored-files.ts';
import type { WholeStoreLoader } from '../db/whole-store.ts';
import { backupFailure } from './backup-failure.ts';
import { importProgress } from './import-progress.ts';
import { OperatorError } from './operator-error.ts';
import { printable } from './printable.ts';
import { openDataDir, takeLock } from './server-or-store.ts';

/** `switchyard restore`: makes an installation, where there is none, of a backup. */
export async function restore(path: string): Promise<void> {
  const config = decideConfig(readEnv());
  let outcome = 'Nothing was restored.';
  const finished = () => {
    const text = `A restore had been cut short in its last step, which is done now: ${config.dataDir} holds what it has restored.`;
    console.error(text);
    outcome = 'Nothing else was restored.';
  };
  try {
    const file = new BackupFile(path);
    openDataDir(config);
    const lock = takeLock(config);
    if (!lock) {
      throw new OperatorError(
        `A server is running on ${config.dataDir}. Stop it, or give this installation a DATA_DIR of its own.`,
      );
    }
    try {
      await restoreInto(config, file, finished);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (new RestoredFiles(config.dataDir).areWaiting) outcome = waiting(config);
    throw backupFailure(error, 'The backup could not be restored', outcome);
  }
}

function waiting({ dataDir }: Config): string {
  return `${join(dataDir, 'restored')} holds an installation that was restored whole: the next start moves it into its place.`;
}

/** @param finished called when an earlier restore was brought to its end */
async function restoreInto(config: Config, file: BackupFile, finished: () => void): Promise<void> {
  const loader = await openWholeLoader(config);
  try {
    const before = await loader.finishCutShort();
    if (before === undefined) await refuseWhatIsThere(config, loader);
    else finished();
    const checked = await shown('checked', file, (watch) => checkBackup(file, watch));
    if (before === undefined) {
      await shown('restored', file, (watch) => loadBackup(file, checked, loader, watch));
    } else if (before !== checked.sha256) {
      throw new OperatorError(
        `The restore that was cut short was of another backup than ${file.path}, of which nothing was restored.`,
      );
    }
    tell(file, checked);
  } finally {
    await loader.close();
  }
}

async function refuseWhatIsThere({ dataDir }: Config, loader: WholeStoreLoader): Promise<void> {
  const reason = await loader.inTheWay();
  if (reason !== undefined) {
    throw new OperatorError(
      `A backup is restored only where there is nothing yet, and ${reason}. Give another DATA_DIR or DATABASE_URL, or set aside what is there. Links alone are taken in beside others by: switchyard import ndjson`,
    );
  }
  const journal = join(dataDir, 'journal');
  if ((await listSegments(journal)).length === 0) return;
  throw new OperatorError(
    `${journal} holds clicks of an installation that was here, which would be counted for the restored one. Set the folder aside.`,
  );
}

async function shown<T>(
  what: string,
  file: BackupFile,
  work: (watch: RestoreWatch) => Promise<T>,
): Promise<T> {
  const progress = importProgress();
  const isTerminal = process.stderr.isTTY;
  if (!isTerminal) console.error(`${what === 'checked' ? 'Checking' : 'Restoring'} ${file.path}`);
  const result = await work(({ bytes, rows }) => progress.show({ rows, bytes, ofBytes: file.sizeBytes }));
  if (isTerminal) process.stderr.write(` ${what}\n`);
  return result;
}

function tell(file: BackupFile, { rows, tables, at, version }: BackupContents): void {
  console.log(
    `Restored ${rows} rows of ${tables} tables from ${file.path}, written ${printable(at)} by Switchyard ${printable(version)}.`,
  );
  console.log('The installation it is a copy of must not run any more: both would send the same webhooks.');
  console.log('Start this one with: switchyard serve');
}
