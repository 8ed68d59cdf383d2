import { openOfflineTransfer } from '../app/offline-transfer.ts';
import { fieldsOf } from '../transfer/csv-records.ts';
import { ON_CONFLICT, type OnConflict } from '../transfer/import-entry.ts';
import {
  type BatchAnswer,
  type ImportPlan,
  type ImportSummary,
  type ImportTarget,
  type ImportWatch,
  importFile,
  Overtaken,
} from '../transfer/import-file.ts';
import type { OwnDomain } from '../transfer/long-link-destination.ts';
import { SourceError } from '../transfer/source.ts';
import { SourceFile } from '../transfer/source-file.ts';
import { IMPORT_KINDS, isImportKind } from '../transfer/sources.ts';
import type { RunningServer } from './control-file.ts';
import { importProgress } from './import-progress.ts';
import { ImportReport } from './import-report.ts';
import { OperatorError, ServerRefusal } from './operator-error.ts';
import { printable } from './printable.ts';
import { ReasonTally } from './reason-tally.ts';
import { callJson, withServerOrStore } from './server-or-store.ts';

export interface ImportCommandOptions {
  readonly domain?: string;
  readonly group?: string;
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly onConflict: string;
  readonly again?: boolean;
  readonly ignoreColumns?: readonly string[];
}

const SOME_REFUSED = 1;
const NOTHING_DONE = 2;
/** As shells call the end of what has been told to stop. */
const INTERRUPTED = 130;

/** `switchyard import`. @returns 0 all rows are there, 1 some were refused, 2 nothing could be done */
export async function importLinks(
  kind: string,
  path: string,
  options: ImportCommandOptions,
): Promise<number> {
  const stop = new StopSignal();
  try {
    const plan = planOf(kind, options);
    const file = new SourceFile(path);
    const report = options.report === undefined ? undefined : new ImportReport(options.report, path);
    try {
      const tally = new ReasonTally();
      const watch = watchOf(report, tally, stop);
      const summary = await withServerOrStore(
        (server) => importFile(file, plan, serverTarget(server), watch),
        async (store, config) => importFile(file, plan, await openOfflineTransfer(store, config), watch),
        { makesStore: !plan.dryRun },
      );
      return tell(summary, plan, { tally, hasReport: report !== undefined });
    } finally {
      report?.close();
    }
  } catch (error) {
    if (!(error instanceof SourceError) && !(error instanceof OperatorError)) throw error;
    console.error(`Switchyard: ${error.message}`);
    return NOTHING_DONE;
  } finally {
    stop.close();
  }
}

function planOf(kind: string, options: ImportCommandOptions): ImportPlan {
  if (!isImportKind(kind)) {
    throw new OperatorError(`There is no import "${printable(kind)}". There are: ${IMPORT_KINDS.join(', ')}`);
  }
  const onConflict = ON_CONFLICT.find((known): known is OnConflict => known === options.onConflict);
  if (!onConflict) {
    throw new OperatorError(`--on-conflict must be one of ${ON_CONFLICT.join(', ')}.`);
  }
  if (kind === 'ndjson' && options.domain !== undefined) {
    throw new OperatorError('An export names the domain of each link itself; leave --domain away.');
  }
  if (kind === 'ndjson' && options.ignoreColumns !== undefined) {
    throw new OperatorError('An export has no columns; leave --ignore-columns away.');
  }
  return {
    kind,
    domain: options.domain,
    group: options.group,
    onConflict,
    dryRun: options.dryRun === true,
    again: options.again === true,
    ignoreColumns: (options.ignoreColumns ?? []).flatMap(headingsOf),
  };
}

/** A heading may have a comma in it, between quotes. */
function headingsOf(line: string): readonly string[] {
  return (fieldsOf(line, ',') ?? [line]).filter((heading) => heading.trim() !== '');
}

/** A row costs the server some 0.2 ms, and visitors wait behind parts of a batch. */
const ROWS_PER_BATCH = 250;

function serverTarget(server: RunningServer): ImportTarget {
  return {
    rowsPerBatch: ROWS_PER_BATCH,
    async findRun({ kind, fingerprint }) {
      const query = new URLSearchParams({ kind, fingerprint });
      const found = (await reachable(callJson(server, 'GET', `/imports?${query}`)).catch((error: unknown) => {
        // Any other refusal will be met again with the first rows.
        if (error instanceof ServerRefusal && error.code === 'not-found') return undefined;
        throw error;
      })) as (ImportSummary & { position: number; finishedAt: string | null }) | undefined;
      if (!found) return undefined;
      const finishedAt = found.finishedAt === null ? null : Date.parse(found.finishedAt);
      return { ...found, finishedAt };
    },
    async listDomains() {
      const { domains } = (await reachable(callJson(server, 'GET', '/domains'))) as { domains: OwnDomain[] };
      return domains;
    },
    async take(batch) {
      return (await reachable(callJson(server, 'POST', '/imports', batch)).catch((error: unknown) => {
        if (error instanceof ServerRefusal && error.code === 'conflict') throw new Overtaken();
        throw error;
      })) as BatchAnswer;
    },
  };
}

async function reachable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    // What `fetch` throws when there is no answer.
    if (!(error instanceof TypeError)) throw error;
    throw new OperatorError(
      'The server cannot be reached any more. When it runs again, run this again: it goes on where it was cut.',
    );
  }
}

function watchOf(report: ImportReport | undefined, tally: ReasonTally, stop: StopSignal): ImportWatch {
  const progress = importProgress();
  return {
    begins({ position, isFinished }) {
      if (position > 0 && !isFinished) console.error(`Going on after row ${position}.`);
      progress.begin(position);
      return report ? report.begin(position) : position;
    },
    columnsLeftOut(headings) {
      const shown = headings.map((heading) => `"${printable(heading.slice(0, 40))}"`).join(', ');
      console.error(`Columns that are not read: ${shown}. docs/migration.md lists those that are.`);
    },
    row(row) {
      tally.add(row);
      report?.row(row);
    },
    batch: (at) => progress.show(at),
    wantsToStop: () => stop.isAsked,
  };
}

function tell(
  { end, reason, created, existing, refused, finishedAt }: ImportSummary,
  plan: ImportPlan,
  { tally, hasReport }: { readonly tally: ReasonTally; readonly hasReport: boolean },
): number {
  if (process.stderr.isTTY) process.stderr.write('\n');
  const would = plan.dryRun ? 'would be ' : '';
  const counts = `${created} ${would}created, ${existing} there already, ${refused} refused`;
  if (end === 'already-finished') {
    const at = finishedAt === null ? '' : ` at ${new Date(finishedAt).toISOString()}`;
    console.log(`This file was imported whole${at}: ${counts}.`);
    console.log('Nothing was done. To go through it once more: --again');
  } else {
    console.log(`${counts}.${plan.dryRun ? ' This was a dry run: nothing was written.' : ''}`);
    const lines = tally.lines();
    for (const line of lines) console.log(line);
    if (lines.length > 0 && !hasReport) console.log('What became of each row: add --report report.csv');
  }
  if (end === 'conflict') console.log(`Stopped before ${printable(reason ?? '')}.`);
  if (end === 'unreadable') console.log(`The rest of the file cannot be read: ${printable(reason ?? '')}`);
  if (end === 'overtaken') {
    console.log(
      'Another process is at this file, and does the rest of it. Should that one have been stopped,',
    );
    console.log('run this again: it goes on where the other has come to.');
  }
  if (end === 'interrupted') {
    console.log('Stopped. The same command goes on from here.');
    return INTERRUPTED;
  }
  if (end === 'conflict' || end === 'unreadable' || end === 'overtaken') return SOME_REFUSED;
  return refused > 0 ? SOME_REFUSED : 0;
}

/** Ctrl-C and SIGTERM let the batch in hand come to its end. */
class StopSignal {
  isAsked = false;
  readonly #ask = () => {
    if (this.isAsked) process.exit(INTERRUPTED);
    this.isAsked = true;
    console.error('\nStopping after this batch …');
  };

  constructor() {
    process.on('SIGINT', this.#ask).on('SIGTERM', this.#ask);
  }

  close(): void {
    process.off('SIGINT', this.#ask).off('SIGTERM', this.#ask);
  }
}
