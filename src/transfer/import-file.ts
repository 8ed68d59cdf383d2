import { DryRunMemory } from './dry-run-memory.ts';
import type { OnConflict, RowOutcome } from './import-entry.ts';
import type { ImportRun, RunName, RunStep } from './import-service.ts';
import { type ReadRow, readRows } from './read-rows.ts';
import { type Row, SourceError } from './source.ts';
import type { SourceFile } from './source-file.ts';
import type { ImportKind } from './sources.ts';

/** Where the rows go: a running server, or a store that nobody serves from. */
export interface ImportTarget {
  readonly rowsPerBatch: number;
  findRun(name: RunName): Promise<ImportRun | undefined>;
  take(batch: RowBatch): Promise<BatchAnswer>;
}

export interface RowBatch {
  readonly rows: readonly Row[];
  readonly before: readonly Row[];
  readonly dryRun: boolean;
  readonly onConflict: OnConflict;
  readonly group: string | undefined;
  readonly run: (RunName & RunStep) | undefined;
}

export interface BatchAnswer {
  readonly outcomes: readonly RowOutcome[];
  readonly stop: { readonly index: number; readonly reason: string } | null;
}

/** How a file is to be taken. */
export interface ImportPlan {
  readonly kind: ImportKind;
  /** Which domain gets the codes, whatever domain the file names. */
  readonly domain: string | undefined;
  readonly group: string | undefined;
  readonly onConflict: OnConflict;
  readonly dryRun: boolean;
  /** Once more from the beginning, although it has been taken before. */
  readonly again: boolean;
}

/** Follows an import. */
export interface ImportWatch {
  readonly begins: (at: { readonly position: number }) => void;
  readonly row: (row: ReportedRow) => void;
  readonly batch: (progress: ImportProgress) => void;
  /** Asked after each batch; true ends the import there. */
  readonly wantsToStop: () => boolean;
}

export interface ReportedRow extends RowOutcome {
  readonly number: number;
  readonly destination: string;
}

export interface ImportProgress {
  /** Rows of the file that are done. */
  readonly rows: number;
  readonly bytes: number;
  readonly ofBytes: number;
}

export interface ImportSummary {
  readonly end: 'finished' | 'already-finished' | 'interrupted' | 'conflict' | 'unreadable';
  /** Why, for ends that have a reason. */
  readonly reason: string | null;
  readonly created: number;
  readonly existing: number;
  readonly refused: number;
  /** When the file had been taken whole before. */
  readonly finishedAt: number | null;
}

const BYTES_PER_BATCH = 2 * 1024 * 1024;

/**
 * Takes a file, batch by batch, from where an earlier try has come to. Constant memory, but in a dry run.
 *
 * @throws SourceError when there is nothing in it to take
 */
export async function importFile(
  file: SourceFile,
  plan: ImportPlan,
  target: ImportTarget,
  watch: ImportWatch,
): Promise<ImportSummary> {
  const { kind, domain, group, onConflict } = plan;
  const fingerprint = await file.fingerprint({ kind, domain, group, onConflict });
  const begun = plan.dryRun ? undefined : await target.findRun({ kind, fingerprint });
  if (begun && begun.finishedAt !== null && !plan.again) {
    return { ...begun, end: 'already-finished', reason: null };
  }
  const progress = plan.again ? undefined : begun;
  const work = new ImportWork(file, plan, target, watch, { kind, fingerprint }, progress);
  watch.begins({ position: progress?.position ?? 0 });
  return await work.run();
}

class ImportWork {
  readonly #file: SourceFile;
  readonly #plan: ImportPlan;
  readonly #target: ImportTarget;
  readonly #watch: ImportWatch;
  readonly #name: RunName;
  readonly #memory = new DryRunMemory();
  #position: number;
  #isBegun: boolean;
  readonly #counts: { created: number; exists: number; refused: number };
  #batch: ReadRow[] = [];
  #bytes = 0;
  #conflict: string | undefined;

  constructor(
    file: SourceFile,
    plan: ImportPlan,
    target: ImportTarget,
    watch: ImportWatch,
    name: RunName,
    begun: ImportRun | undefined,
  ) {
    this.#file = file;
    this.#plan = plan;
    this.#target = target;
    this.#watch = watch;
    this.#name = name;
    this.#position = begun?.position ?? 0;
    this.#isBegun = begun !== undefined;
    this.#counts = {
      created: begun?.created ?? 0,
      exists: begun?.existing ?? 0,
      refused: begun?.refused ?? 0,
    };
  }

  async run(): Promise<ImportSummary> {
    try {
      for await (const row of readRows(this.#plan.kind, this.#file.bytes())) {
        if (row.number <= this.#position) {
          this.#bytes = row.end;
          continue;
        }
        this.#batch.push(row);
        if (this.#batch.length < this.#target.rowsPerBatch && row.end - this.#bytes < BYTES_PER_BATCH)
          continue;
        await this.#take(false);
        if (this.#conflict !== undefined) return this.#summary('conflict', this.#conflict);
        if (this.#watch.wantsToStop()) return this.#summary('interrupted');
      }
    } catch (error) {
      // Broken in its middle: what could be read is taken.
      if (!(error instanceof SourceError) || this.#position + this.#batch.length === 0) throw error;
      if (this.#batch.length > 0) await this.#take(false);
      return this.#summary('unreadable', error.message);
    }
    await this.#take(true);
    if (this.#conflict !== undefined) return this.#summary('conflict', this.#conflict);
    return this.#summary('finished');
  }

  async #take(finish: boolean): Promise<void> {
    const { dryRun, onConflict, group } = this.#plan;
    const batch = this.#batch;
    this.#batch = [];
    const rows = batch.map(({ reading }) => ('row' in reading ? this.#placed(reading.row) : BROKEN));
    const { outcomes, stop } = await this.#target.take({
      rows,
      before: dryRun ? this.#memory.neededBy(rows) : [],
      dryRun,
      onConflict,
      group,
      run: dryRun
        ? undefined
        : { ...this.#name, from: this.#position, restart: this.#plan.again && !this.#isBegun, finish },
    });
    this.#isBegun = true;
    for (const [index, outcome] of outcomes.entries()) {
      this.#report(batch[index] as ReadRow, rows[index] as Row, outcome);
    }
    this.#position += outcomes.length;
    this.#bytes = batch[outcomes.length - 1]?.end ?? this.#bytes;
    if (stop) this.#conflict = `row ${this.#position + 1}: ${stop.reason}`;
    const bytes = finish && !stop ? this.#file.sizeBytes : this.#bytes;
    this.#watch.batch({ rows: this.#position, bytes, ofBytes: this.#file.sizeBytes });
  }

  #placed(row: Row): Row {
    const { domain } = this.#plan;
    return domain === undefined || row.kind !== 'link' ? row : { ...row, domain };
  }

  #report({ number, reading }: ReadRow, row: Row, answered: RowOutcome): void {
    const { dryRun, onConflict } = this.#plan;
    const whole = 'problem' in reading ? { ...answered, reason: reading.problem } : answered;
    const outcome = dryRun ? this.#memory.outcomeOf(row, whole, onConflict === 'rename') : whole;
    this.#counts[outcome.outcome]++;
    const isTaken = outcome.outcome !== 'refused' && 'row' in reading;
    const reasons = [...(outcome.reason === null ? [] : [outcome.reason]), ...(isTaken ? reading.notes : [])];
    this.#watch.row({
      ...outcome,
      number,
      reason: reasons.length === 0 ? null : reasons.join('; '),
      destination: typeof row.destination === 'string' ? row.destination : '',
    });
  }

  #summary(end: ImportSummary['end'], reason: string | null = null): ImportSummary {
    const { created, exists, refused } = this.#counts;
    return { end, reason, created, existing: exists, refused, finishedAt: null };
  }
}

/** Stands for a row that could not be read: it is refused, and counted as one of the file. */
const BROKEN: Row = {};
