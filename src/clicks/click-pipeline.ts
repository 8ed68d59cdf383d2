import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StoreLocation } from '../db/store-location.ts';
import type { ClaimOutcome, DeferredClaim } from '../deeplinks/deferred/deferred-claim.ts';
import { threadUrl } from '../observability/thread-url.ts';
import type { ClickRecord } from './click-record.ts';
import type { ClickReport } from './click-report.ts';
import type { GeoDatabaseSetting } from './ingest/geo-database.ts';
import type { IngestLag } from './ingest/ingest.ts';
import type {
  IngestAnswer,
  IngestAnswered,
  IngestRequest,
  IngestState,
  IngestThreadData,
} from './ingest/ingest-worker.ts';
import { ClickJournal, type JournalStatus, type JournalWaiter } from './journal/click-journal.ts';
import type { RebuildProgress, RebuildReport } from './upkeep/rebuild.ts';

export interface ClickPipelineOptions {
  readonly location: StoreLocation;
  readonly durability: 'process' | 'disk';
  /** Hex; keys the visitor hashes. */
  readonly visitorSecret: string;
  /** Hex; keys the networks of clicks that apps may ask for. */
  readonly deferredSecret: string;
  /** Can be opened: whoever starts has tried. */
  readonly geoDatabase: GeoDatabaseSetting;
  /** Days that raw clicks are kept; null: for ever. */
  readonly rawClickDays: number | null;
  /** Origin of the installation, for short URLs that are told to others. */
  readonly publicUrl: string;
  readonly report: ClickReport;
  /** The ingest thread has ended although nobody stopped it: the process should end and be started again. */
  readonly onThreadLost: (error: Error) => void;
}

interface Waiting {
  resolve(answered: IngestAnswered): void;
  reject(error: Error): void;
  progress?(progress: RebuildProgress): void;
}

/** Fewer, larger transactions: each costs a sync and rewrites the same pages. Whoever drains does not wait for it. */
const WAKE_EVERY_MS = 100;

/** The way of a click from a visit to the tables: a journal in this thread, ingest in another. */
export class ClickPipeline {
  readonly #journal: ClickJournal;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #stopping = false;
  #wakeTimer: NodeJS.Timeout | undefined;

  /** @throws when the journal's folder cannot be written */
  constructor(options: ClickPipelineOptions) {
    const journalDirectory = join(options.location.dataDir, 'journal');
    this.#journal = ClickJournal.open({
      directory: journalDirectory,
      durability: options.durability,
      report: options.report,
      onWritten: () => this.#wakeSoon(),
    });
    this.#worker = new Worker(threadUrl('./ingest/ingest-worker', import.meta.url), {
      workerData: {
        location: options.location,
        journalDirectory,
        visitorSecret: options.visitorSecret,
        deferredSecret: options.deferredSecret,
        geoDatabase: options.geoDatabase,
        rawClickDays: options.rawClickDays,
        publicUrl: options.publicUrl,
      } satisfies IngestThreadData,
    });
    this.#worker.on('message', (answer: IngestAnswer) => this.#receive(answer, options.report));
    this.#ended = new Promise((resolve) => {
      const ended = (error: Error) => {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        // 'exit' follows 'error', and a second signal would end the process without finishing.
        if (!this.#stopping) options.onThreadLost(error);
        this.#stopping = true;
        resolve();
      };
      this.#worker.once('error', ended);
      this.#worker.once('exit', () => ended(new Error('The ingest thread has ended')));
    });
  }

  append(record: ClickRecord, waiter: JournalWaiter): void {
    this.#journal.append(record, waiter);
  }

  get writable(): boolean {
    return this.#journal.status().writable;
  }

  /** Resolves when every record appended before the call is in the tables. */
  async drain(): Promise<void> {
    const position = await this.#journal.flush();
    await this.#ask({ kind: 'drain', id: ++this.#lastId, position });
  }

  async lag(): Promise<IngestLag | undefined> {
    return (await this.#ask({ kind: 'lag', id: ++this.#lastId })).lag;
  }

  /** What the ingest thread knows; counting what waits may take it half a second when that is much. */
  async ingestState(): Promise<IngestState | undefined> {
    return (await this.#ask({ kind: 'state', id: ++this.#lastId })).state;
  }

  /** Counting anew; ingest waits, the journal does not. */
  async rebuildStatistics(
    dryRun: boolean,
    onProgress: (progress: RebuildProgress) => void,
  ): Promise<RebuildReport> {
    await this.drain();
    const { rebuilt } = await this.#ask({ kind: 'rebuild', id: ++this.#lastId, dryRun }, onProgress);
    return rebuilt as RebuildReport;
  }

  /** Done by the thread that writes the events. */
  async claim(claim: DeferredClaim): Promise<ClaimOutcome> {
    const { claimed } = await this.#ask({ kind: 'claim', id: ++this.#lastId, claim });
    return claimed as ClaimOutcome;
  }

  status(): JournalStatus {
    return this.#journal.status();
  }

  /** Whether clicks can be recorded now; tries to recover first. */
  probe(): boolean {
    return this.#journal.probe();
  }

  /**
   * Writes what is pending and lets ingest finish, for at most `patienceMs`; what is not in the tables by then is in
   * the journal and waits there for the next start.
   */
  async close(patienceMs: number): Promise<void> {
    await this.#journal.flush();
    let impatient: NodeJS.Timeout | undefined;
    await Promise.race([
      this.drain().catch(() => {}),
      new Promise((resolve) => {
        impatient = setTimeout(resolve, patienceMs);
      }),
    ]);
    clearTimeout(impatient);
    clearTimeout(this.#wakeTimer);
    this.#stopping = true;
    await this.#journal.close();
    this.#send({ kind: 'stop' });
    const forced = setTimeout(() => void this.#worker.terminate(), patienceMs);
    await this.#ended;
    clearTimeout(forced);
  }

  /** Ingest looks by itself five times a second; after a write it is told, though not each time. */
  #wakeSoon(): void {
    if (this.#wakeTimer || this.#stopping) return;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = undefined;
      this.#send({ kind: 'wake' });
    }, WAKE_EVERY_MS);
  }

  #ask(
    request: Extract<IngestRequest, { id: number }>,
    progress: Waiting['progress'] = () => {},
  ): Promise<IngestAnswered> {
    return new Promise((resolve, reject) => {
      if (this.#stopping) {
        reject(new Error('The click pipeline is closing'));
        return;
      }
      this.#waiting.set(request.id, { resolve, reject, progress });
      this.#send(request);
    });
  }

  #send(request: IngestRequest): void {
    this.#worker.postMessage(request);
  }

  #receive(answer: IngestAnswer, report: ClickReport): void {
    if (answer.kind === 'report') {
      report(answer.event, answer.details);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    if (answer.kind === 'progress') {
      waiting?.progress?.(answer.progress);
      return;
    }
    this.#waiting.delete(answer.id);
    if (answer.kind === 'done') waiting?.resolve(answer.answered);
    else waiting?.reject(new Error(answer.message));
  }
}
