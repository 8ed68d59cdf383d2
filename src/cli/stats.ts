import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type RebuildProgress, type RebuildReport, rebuildStatistics } from '../clicks/upkeep/rebuild.ts';
import { openBatchWriter } from '../db/open.ts';
import type { RunningServer } from './control-file.ts';
import { OperatorError } from './operator-error.ts';
import { callServer, withServerOrStore } from './server-or-store.ts';

const DIFFERENCES_SHOWN = 20;
const QUARTER_MS = 15 * 60 * 1000;

/** `switchyard stats rebuild`. @returns 0 when nothing differed */
export async function rebuildStats({ dryRun = false }: { readonly dryRun?: boolean }): Promise<number> {
  const show = progressBar();
  const report = await withServerOrStore(
    (server) => askServer(server, dryRun, show),
    async (_store, config) => {
      const writer = openBatchWriter({ dataDir: config.dataDir, database: config.database });
      try {
        return await rebuildStatistics(writer, { dryRun, onProgress: show });
      } finally {
        await writer.close();
      }
    },
    { makesStore: false },
  );
  if (process.stderr.isTTY) process.stderr.write('\n');
  return tell(report, dryRun);
}

async function askServer(
  server: RunningServer,
  dryRun: boolean,
  show: (progress: RebuildProgress) => void,
): Promise<RebuildReport> {
  const response = await callServer(server, 'POST', `/api/control/statistics/rebuild?dryRun=${dryRun}`);
  const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream);
  for await (const line of createInterface({ input: body })) {
    const said = JSON.parse(line) as { progress?: RebuildProgress; report?: RebuildReport; failed?: string };
    if (said.progress) show(said.progress);
    if (said.failed !== undefined)
      throw new OperatorError(`The statistics could not be rebuilt: ${said.failed}`);
    if (said.report) return said.report;
  }
  throw new OperatorError('The server ended before it was done. Nothing has been changed; try again.');
}

/** One line that is written over, on a terminal; elsewhere a line for each step. */
function progressBar(): (progress: RebuildProgress) => void {
  let lastStep = '';
  return ({ step, done, of }) => {
    const percent = of === 0 ? 100 : Math.floor((done / of) * 100);
    if (process.stderr.isTTY) process.stderr.write(`\r${step.padEnd(12)} ${String(percent).padStart(3)} %`);
    else if (step !== lastStep)
      console.error(`Reading ${step === 'writing' ? 'and writing raw clicks' : step} …`);
    lastStep = step;
  };
}

function tell(
  { rawClicks, rawFrom, factDifferences, tallyDifferences, rewritten }: RebuildReport,
  dryRun: boolean,
): number {
  const since = rawFrom === 0 ? '' : ` since ${new Date(rawFrom * QUARTER_MS).toISOString()}`;
  console.log(`Compared ${rawClicks} raw clicks${since} with the statistics.`);
  const differences = factDifferences.length + tallyDifferences.length;
  if (differences === 0) {
    console.log('Nothing differs.');
    return 0;
  }
  for (const { linkId, raw, statistics } of factDifferences.slice(0, DIFFERENCES_SHOWN)) {
    console.log(
      `link ${linkId}: ${raw} raw clicks, ${statistics} in statistics${raw === statistics ? ', not the same' : ''}`,
    );
  }
  for (const { linkId, country, stored, counted } of tallyDifferences.slice(0, DIFFERENCES_SHOWN)) {
    console.log(
      `link ${linkId}, country ${country || 'unknown'}: counter says ${stored.clicks}, statistics ${counted.clicks}`,
    );
  }
  if (differences > DIFFERENCES_SHOWN) console.log(`… ${differences} differences in all.`);
  console.log(
    rewritten
      ? 'The statistics have been written again from the raw clicks. This should not have been necessary: please report it.'
      : `Nothing was changed${dryRun ? ': this was a dry run' : ''}.`,
  );
  return 1;
}
