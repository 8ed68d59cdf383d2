import type { GeneratedClicks } from '../clicks/generated-clicks.ts';
import type { SpikeAnswer, SpikeQuestion } from './question.ts';

/** One way to keep clicks for statistics, on one engine. */
export interface Candidate {
  /** Fills the tables. @returns what that cost */
  load(source: ClickSource): Promise<LoadFigures>;
  /** Undefined: a question this way cannot answer. */
  ask(question: SpikeQuestion): Promise<SpikeAnswer | undefined>;
  close(): Promise<void>;
}

/** Where a candidate's clicks come from. */
export type ClickSource = Pick<GeneratedClicks, 'clicks' | 'facts' | 'links'>;

export interface LoadFigures {
  readonly clicks: number;
  readonly rows: number;
  readonly sizeBytes: number;
  /** Of ingest as it would be, in batches; without making the clicks up. */
  readonly ingestUsPerClick: number;
  readonly remarks: string;
}
