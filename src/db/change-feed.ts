import type { Change } from './change.ts';

/** How a process hears of edits made by other processes on the same database. */
export interface ChangeFeed {
  /**
   * Whether everything committed until a moment ago has been heard. While it is false, what this process
   * remembers may be out of date, and it must not say that a link does not exist.
   */
  readonly current: boolean;
  start(listener: (changes: readonly Change[]) => void): Promise<void>;
  stop(): Promise<void>;
}

/** Where one process serves alone, its own commits are all there is to hear. */
export class NoOtherProcesses implements ChangeFeed {
  readonly current = true;
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}
