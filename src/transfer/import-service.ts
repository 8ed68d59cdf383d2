import { type Selectable, sql } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import type { ImportRunTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import { longLinkQueue } from '../links/domain-service.ts';
import { ImportBatch, type Stop } from './import-batch.ts';
import type { ImportEntry, ImportOptions, RowOutcome } from './import-entry.ts';
import { ImportScene, type ImportServices } from './import-scene.ts';

/** How far the import of one file has come. */
export interface ImportRun {
  /** Rows that are done. */
  readonly position: number;
  readonly created: number;
  readonly existing: number;
  readonly refused: number;
  readonly finishedAt: number | null;
}

/** Names a file as it is read: the same file with the same options goes on where it was cut. */
export interface RunName {
  readonly kind: string;
  readonly fingerprint: string;
}

export interface ImportRequest {
  readonly entries: readonly ImportEntry[];
  /** What earlier rows would have made, in a dry run: nothing of it is there. */
  readonly before: readonly ImportEntry[];
  readonly options: ImportOptions;
  readonly dryRun: boolean;
  /** Undefined: rows of no file, or a dry run. */
  readonly run: (RunName & RunStep) | undefined;
}

export interface RunStep {
  /** Rows of the file that are done; the entries come after them. */
  readonly from: number;
  /** Begins anew, whatever has been done. */
  readonly restart: boolean;
  /** These were the last. */
  readonly finish: boolean;
}

export interface ImportAnswer {
  readonly outcomes: readonly RowOutcome[];
  /** The conflict at which it ended; rows from there on have not been looked at. */
  readonly stop: Stop | undefined;
  readonly run: ImportRun | undefined;
}

/** Somebody else may claim a code between our look and our insert; the next look sees it. */
const TRIES = 5;

/** Takes rows of other installations and services: all rows of a request in one transaction, each with its outcome. */
export class ImportService {
  readonly #database: Database;
  readonly #services: ImportServices;

  constructor(database: Database, services: ImportServices) {
    this.#database = database;
    this.#services = services;
  }

  /** @returns undefined when such a file has not been begun */
  async findRun(projectId: number, { kind, fingerprint }: RunName): Promise<ImportRun | undefined> {
    const row = await this.#database.read
      .selectFrom('import_run')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('kind', '=', kind)
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst();
    return row && runFromRow(row);
  }

  /**
   * A row that cannot be taken says why and holds up no other.
   *
   * @throws Failure `conflict` when the run is not where `from` says: another process imports the same file
   */
  async take(actor: string, projectId: number, request: ImportRequest): Promise<ImportAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#database.transact(actor, async (tx) => {
          const answer = await this.#work(tx, projectId, request);
          if (request.dryRun) throw new Undone(answer);
          return answer;
        });
      } catch (error) {
        if (error instanceof Undone) return error.answer;
        const isRace = error instanceof Failure && error.code === 'code-taken';
        if (!isRace || attempt === TRIES) throw error;
      }
    }
  }

  async #work(tx: Tx, projectId: number, request: ImportRequest): Promise<ImportAnswer> {
    const { entries, before, options, run, dryRun } = request;
    const scene = new ImportScene(this.#services, tx, projectId, options);
    await this.#takeTurns(tx, scene, entries);
    const begun = run && !dryRun ? await this.#begin(tx, projectId, run) : undefined;
    const batch = new ImportBatch(scene);
    await batch.take(before);
    const { outcomes, stop } = await batch.take(entries);
    const finish = run?.finish === true && !stop;
    return {
      outcomes,
      stop,
      run: begun && (await this.#advance(tx, begun, outcomes, finish)),
    };
  }

  /** With visits of long links, which make the link that stands for them. */
  async #takeTurns(tx: Tx, scene: ImportScene, entries: readonly ImportEntry[]): Promise<void> {
    const domainIds = new Set<number>();
    for (const entry of entries) {
      if (entry.kind !== 'link' || !entry.prepared.origin?.standsForLongLinks) continue;
      const domain = await scene.domainNamed(entry.domain);
      if (domain) domainIds.add(domain.id);
    }
    for (const id of [...domainIds].sort((a, b) => a - b))
      await this.#database.takeTurnIn(tx, longLinkQueue(id));
  }

  /** Holds the run until the end of the transaction. */
  async #begin(
    tx: Tx,
    projectId: number,
    { kind, fingerprint, from, restart }: RunName & RunStep,
  ): Promise<Selectable<ImportRunTable>> {
    const now = Date.now();
    await tx.db
      .insertInto('import_run')
      .values({
        public_id: newPublicId('imp'),
        project_id: projectId,
        kind,
        fingerprint,
        finished_at: null,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.columns(['project_id', 'kind', 'fingerprint']).doNothing())
      .execute();
    const row = await tx.db
      .selectFrom('import_run')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('kind', '=', kind)
      .where('fingerprint', '=', fingerprint)
      .modifyEnd(sql.raw(this.#database.dialect.forUpdate))
      .executeTakeFirstOrThrow();
    if (restart) return { ...row, position: 0, created: 0, skipped: 0, failed: 0, finished_at: null };
    if (row.position === from && row.finished_at === null) return row;
    throw new Failure(
      'conflict',
      row.finished_at === null
        ? `The import of this file has come to row ${row.position}, not ${from}. Is another process at it?`
        : 'The import of this file has been finished.',
    );
  }

  async #advance(
    tx: Tx,
    row: Selectable<ImportRunTable>,
    outcomes: readonly RowOutcome[],
    finish: boolean,
  ): Promise<ImportRun> {
    const now = Date.now();
    const count = (wanted: RowOutcome['outcome']) =>
      outcomes.filter(({ outcome }) => outcome === wanted).length;
    const next = {
      position: row.position + outcomes.length,
      created: row.created + count('created'),
      skipped: row.skipped + count('exists'),
      failed: row.failed + count('refused'),
      finished_at: finish ? now : null,
    };
    await tx.db
      .updateTable('import_run')
      .set({ ...next, updated_at: now })
      .where('id', '=', row.id)
      .execute();
    return runFromRow({ ...row, ...next });
  }
}

/** Carries the answer of a dry run out of its transaction, which is rolled back. */
class Undone extends Error {
  readonly answer: ImportAnswer;

  constructor(answer: ImportAnswer) {
    super('undone');
    this.answer = answer;
  }
}

function runFromRow(row: Selectable<ImportRunTable>): ImportRun {
  return {
    position: row.position,
    created: row.created,
    existing: row.skipped,
    refused: row.failed,
    finishedAt: row.finished_at,
  };
}
