import { DryRunMemory, IN_USE } from './dry-run-memory.ts';
import type { OnConflict, RowOutcome } from './import-entry.ts';
import type { ImportRun, RunName, RunStep } from './import-service.ts';
import type { OwnDomain } from './long-link-destination.ts';
import { hasCode, type Moved, movedTo } from './other-domain.ts';
import { type ReadRow, readRows } from './read-rows.ts';
import { type Reading, type Row, SourceError } from './source.ts';
import type { SourceFile } from './source-file.ts';
import type { ImportKind } from './sources.ts';

/** Where the rows go: a running server, or a store that nobody serves from. */
export interface ImportTarget {
  readonly rowsPerBatch: number;
  findRun(name: RunName): Promise<ImportRun | undefined>;
  /** @throws Overtaken */
  take(batch: RowBatch): Promise<BatchAnswer>;
  /** Those of the project. */
  listDomains(): Promise<readonly OwnDomain[]>;
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
  /** Headings of columns, or names of members, that are not to be read. */
  readonly ignoreColumns: readonly string[];
}

/** Follows an import. */
export interface ImportWatch {
  /** @returns rows up to which what became of them is known already; those from there to `position` are looked at again */
  readonly begins: (at: { readonly position: number; readonly isFinished: boolean }) => number;
  /** Told before the first row, if so: headings of columns that are not read. */
  readonly columnsLeftOut: (headings: readonly string[]) => void;
  readonly row: (row: ReportedRow) => void;
  readonly batch: (progress: ImportProgress) => void;
  /** Asked after each batch; true ends the import there. */
  readonly wantsToStop: () => boolean;
}

export interface ReportedRow extends Omit<RowOutcome, 'reason'> {
  readonly number: number;
  /** Why it was refused, or what was left out or changed. */
  readonly reasons: readonly string[];
  readonly destination: string;
}

export interface ImportProgress {
  /** Rows of the file that are done. */
  readonly rows: number;
  readonly bytes: number;
  readonly ofBytes: number;
}

export interface ImportSummary {
  readonly end: 'finished' | 'already-finished' | 'interrupted' | 'conflict' | 'unreadable' | 'overtaken';
  /** Why, for ends that have a reason. */
  readonly reason: string | null;
  readonly created: number;
  readonly existing: number;
  readonly refused: number;
  /** When the file had been taken whole before. */
  readonly finishedAt: number | null;
}

/** The file is not where this import has brought it: another process is at it. */
export class Overtaken extends Error {}

const BYTES_PER_BATCH = 2 * 1024 * 1024;
/** Its hash takes some hundred times as long as a row; a batch is to be done before anybody wonders. */
const ROWS_PER_PASSWORD = 10;

/**
 * Takes a file, batch by batch, from where an earlier try has come to. Constant memory, but in a dry run. Rows that an
 * earlier try has taken and not reported, because it was killed in between, are reported as they are found.
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
  const ignoreColumns = plan.ignoreColumns.length === 0 ? undefined : plan.ignoreColumns;
  if (domain !== undefined) await requireDomain(target, domain);
  const fingerprint = await file.fingerprint({ kind, domain, group, onConflict, ignoreColumns });
  const begun = plan.dryRun ? undefined : await target.findRun({ kind, fingerprint });
  const progress = plan.again ? undefined : begun;
  const isFinished = progress !== undefined && progress.finishedAt !== null;
  const work = new ImportWork(file, plan, target, watch, { kind, fingerprint }, progress);
  work.reportedUpTo(watch.begins({ position: progress?.position ?? 0, isFinished }));
  if (progress && isFinished) {
    await work.completeReport();
    return { ...progress, end: 'already-finished', reason: null };
  }
  return await work.run();
}

/** @throws SourceError when no row could be taken, because the domain that is to have them is not there */
async function requireDomain(target: ImportTarget, domain: string): Promise<void> {
  const { outcomes } = await target.take({
    rows: [{ kind: 'link', domain, destination: 'https://example.com/' }],
    before: [],
    dryRun: true,
    onConflict: 'skip',
    group: undefined,
    run: undefined,
  });
  const [outcome] = outcomes;
  if (outcome?.outcome === 'refused') throw new SourceError(`Nothing can be taken: ${outcome.reason}.`);
}

class ImportWork {
  readonly #file: SourceFile;
  readonly #plan: ImportPlan;
  readonly #target: ImportTarget;
  readonly #watch: ImportWatch;
  readonly #name: RunName;
  readonly #memory = new DryRunMemory();
  #position: number;
  /** Rows up to here are in the report. */
  #reported: number;
  #isBegun: boolean;
  readonly #counts: { created: number; exists: number; refused: number };
  #batch: ReadRow[] = [];
  /** As rows, those with a password for several. */
  #weight = 0;
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
    this.#reported = this.#position;
    this.#isBegun = begun !== undefined;
    this.#counts = {
      created: begun?.created ?? 0,
      exists: begun?.existing ?? 0,
      refused: begun?.refused ?? 0,
    };
  }

  reportedUpTo(row: number): void {
    this.#reported = row;
  }

  /** Of a try that was killed after its last rows. */
  async completeReport(): Promise<void> {
    if (this.#reported >= this.#position) return;
    for await (const row of this.#rows()) {
      if (row.number <= this.#position) await this.#lookAgain(row, TAKEN_BEFORE);
    }
  }

  async *#rows(): AsyncGenerator<ReadRow> {
    const { kind, ignoreColumns: ignored } = this.#plan;
    const columns = { ignored, leftOut: this.#watch.columnsLeftOut };
    yield* readRows(kind, this.#file.bytes(), columns, await this.#target.listDomains());
  }

  async run(): Promise<ImportSummary> {
    try {
      return await this.#takeRows();
    } catch (error) {
      if (error instanceof Overtaken) return this.#summary('overtaken');
      throw error;
    }
  }

  async #takeRows(): Promise<ImportSummary> {
    try {
      for await (const row of this.#rows()) {
        if (row.number <= this.#position) {
          await this.#lookAgain(row, TAKEN_BEFORE_A_STOP);
          continue;
        }
        this.#batch.push(row);
        this.#weight += this.#weightOf(row);
        if (this.#weight < this.#target.rowsPerBatch && row.end - this.#bytes < BYTES_PER_BATCH) continue;
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
    this.#weight = 0;
    const rows = batch.map(({ reading }) => this.#rowOf(reading));
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
    let done = 0;
    for (const outcome of outcomes) {
      if (!this.#report(batch[done] as ReadRow, rows[done] as Row, outcome)) break;
      done++;
    }
    this.#position += done;
    this.#bytes = batch[done - 1]?.end ?? this.#bytes;
    const reason = done < outcomes.length ? IN_USE : stop?.reason;
    if (reason !== undefined) this.#conflict = `row ${this.#position + 1}: ${reason}`;
    const bytes = finish && reason === undefined ? this.#file.sizeBytes : this.#bytes;
    this.#watch.batch({ rows: this.#position, bytes, ofBytes: this.#file.sizeBytes });
  }

  /** A row that an earlier try has done: the report gets it, if that try came to write it no more. */
  async #lookAgain(row: ReadRow, when: string): Promise<void> {
    if (row.number > this.#reported) this.#batch.push(row);
    else this.#bytes = row.end;
    const isWhole =
      this.#batch.length === this.#target.rowsPerBatch || row.end - this.#bytes >= BYTES_PER_BATCH;
    if (this.#batch.length === 0 || (!isWhole && row.number < this.#position)) return;
    const batch = this.#batch;
    this.#batch = [];
    const { group } = this.#plan;
    const rows = batch.map(({ reading }) => this.#rowOf(reading));
    const looking = { rows, before: [], dryRun: true, onConflict: 'skip', group, run: undefined } as const;
    const { outcomes } = await this.#target.take(looking);
    for (const [index, outcome] of outcomes.entries()) {
      const problem = this.#problemOf((batch[index] as ReadRow).reading);
      const found = outcome.outcome === 'created' ? GONE : { ...outcome, reason: problem ?? outcome.reason };
      const reason = [found.reason, when].filter((one) => one !== null).join('; ');
      this.#tell(batch[index] as ReadRow, { ...found, reason });
    }
    this.#bytes = row.end;
  }

  #weightOf({ reading }: ReadRow): number {
    // A dry run hashes none.
    if (this.#plan.dryRun || !('row' in reading)) return 1;
    const { password, statsPassword } = (reading.row.settings ?? {}) as Row;
    return typeof password === 'string' || typeof statsPassword === 'string' ? ROWS_PER_PASSWORD : 1;
  }

  #rowOf(reading: Reading): Row {
    return 'row' in reading && this.#problemOf(reading) === undefined ? this.#placed(reading.row) : BROKEN;
  }

  #problemOf(reading: Reading): string | undefined {
    if ('problem' in reading) return reading.problem;
    const moved = this.#moved(reading.row);
    return moved && 'problem' in moved ? moved.problem : undefined;
  }

  #placed(row: Row): Row {
    const { domain } = this.#plan;
    return domain === undefined || !hasCode(row) ? row : { ...row, domain };
  }

  #moved(row: Row): Moved | undefined {
    const { domain } = this.#plan;
    return domain === undefined ? undefined : movedTo(domain, row);
  }

  /** @returns false where the import would have ended */
  #report(read: ReadRow, row: Row, answered: RowOutcome): boolean {
    const { dryRun, onConflict } = this.#plan;
    const problem = this.#problemOf(read.reading);
    const whole = problem === undefined ? answered : { ...answered, reason: problem };
    const outcome = dryRun ? this.#memory.outcomeOf(row, whole, onConflict) : whole;
    if (!outcome) return false;
    this.#counts[outcome.outcome]++;
    this.#tell(read, outcome);
    return true;
  }

  #tell({ number, reading }: ReadRow, { reason, ...outcome }: RowOutcome): void {
    const { destination } = 'row' in reading ? reading.row : reading;
    const isTaken = outcome.outcome !== 'refused' && 'row' in reading;
    const moved = isTaken ? this.#moved(reading.row) : undefined;
    const reasons = [
      ...(reason === null ? [] : [reason]),
      ...(isTaken ? reading.notes : []),
      ...(moved && 'note' in moved ? [moved.note] : []),
    ];
    this.#watch.row({
      ...outcome,
      number,
      reasons,
      destination: typeof destination === 'string' ? destination : '',
    });
  }

  #summary(end: ImportSummary['end'], reason: string | null = null): ImportSummary {
    const { created, exists, refused } = this.#counts;
    return { end, reason, created, existing: exists, refused, finishedAt: null };
  }
}

/** Of a file that has been taken whole, and of one that has not. */
const TAKEN_BEFORE = 'was taken when this file was imported before';
const TAKEN_BEFORE_A_STOP = 'was taken before the import was stopped';
/** A link that the earlier try gave another code, or that somebody has deleted since. */
const GONE: RowOutcome = {
  outcome: 'exists',
  reason: 'is not there under its code any more',
  shortUrl: null,
};

/** Stands for a row that could not be read: it is refused, and counted as one of the file. */
const BROKEN: Row = {};
