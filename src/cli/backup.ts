import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { openOfflineTransfer } from '../app/offline-transfer.ts';
import { BackupFile } from '../backup/backup-file.ts';
import { type BackupWatch, writeBackup } from '../backup/write-backup.ts';
import { listSegments } from '../clicks/journal/segment-directory.ts';
import { decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { openWholeReader } from '../db/open-whole.ts';
import type { StoreLocation } from '../db/store-location.ts';
import { backupFailure } from './backup-failure.ts';
import { OperatorError } from './operator-error.ts';
import { withServerOrStore } from './server-or-store.ts';
import { VERSION } from './version.ts';
import { writeWhole } from './write-whole.ts';

const BESIDE =
  'A server was running: clicks of the last moments are not in it, nor is anything that happens from now on. To move, stop the server first, and make another.';

const NO_JOURNAL =
  'DATA_DIR has no journal. A node that was killed has left its last clicks in a DATA_DIR of its own: make the backup with that.';

/** `switchyard backup`: every row of an installation, to stdout or to a file that is there whole or not at all. */
export async function backUp(out: string | undefined): Promise<void> {
  try {
    if (out !== undefined) await refuseToLose(out);
    await backUpTo(out);
  } catch (error) {
    throw backupFailure(error, 'The backup could not be made', 'Mend that, and try again.');
  }
}

/** @throws OperatorError when something else stands there that would be overwritten */
async function refuseToLose(out: string): Promise<void> {
  const found = statSync(out, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0) return;
  if (await new BackupFile(out).beginsAsBackup()) return;
  throw new OperatorError(
    `${out} is no backup, and would be overwritten. Name another file, or move it away.`,
  );
}

async function backUpTo(out: string | undefined): Promise<void> {
  const isServing = await withServerOrStore(
    async () => true,
    async (store, config) => {
      const found = await (await openOfflineTransfer(store, config)).ingestRest();
      if (found > 0) console.error(`${found} clicks of the journal were counted first.`);
      // Where several serve, each has its own.
      const isNode = store.servesAlone || (await listSegments(join(config.dataDir, 'journal'))).length > 0;
      if (!isNode) console.error(NO_JOURNAL);
      return false;
    },
    { makesStore: false },
  );
  const areOthers = await backUpStore(decideConfig(readEnv()), out);
  if (out !== undefined) console.error(`Written to ${out}.`);
  if (isServing || areOthers) console.error(BESIDE);
  console.error('It holds every secret of this installation: keep it where nobody else reads it.');
}

/** @returns whether others use the store meanwhile */
async function backUpStore(location: StoreLocation, out: string | undefined): Promise<boolean> {
  const reader = await openWholeReader(location);
  try {
    const show = backupProgress();
    // A page may have many megabytes.
    const lines = Readable.from(writeBackup(reader, { version: VERSION, at: Date.now() }, show.watch), {
      highWaterMark: 1,
    });
    const isPacked = out?.endsWith('.gz');
    // `compose` passes on an error of either.
    await writeWhole(out, isPacked ? (lines.compose(createGzip({ level: 3 })) as Readable) : lines, 'backup');
    show.end();
    // Asked last: connections of our own that were closed just before may be seen for a moment.
    return (await reader.othersConnected()) > 0;
  } finally {
    await reader.close();
  }
}

const MS_BETWEEN_LINES = 250;

/** A line that is written over, on a terminal; how much there will be is not known before. To stderr. */
function backupProgress(): { readonly watch: BackupWatch; end(): void } {
  let shownAt = Number.NEGATIVE_INFINITY;
  let last = '';
  const isShown = process.stderr.isTTY;
  return {
    watch({ rows, bytes }) {
      last = `${rows} rows  ${(bytes / 1024 / 1024).toFixed(1)} MiB`;
      if (!isShown || performance.now() - shownAt < MS_BETWEEN_LINES) return;
      shownAt = performance.now();
      process.stderr.write(`\r${last}`);
    },
    end() {
      if (isShown) process.stderr.write(`\r${last}\n`);
    },
  };
}
