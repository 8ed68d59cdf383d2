import type { BatchWriter } from '../../db/batch-writer.ts';
import type { Effect } from './channel.ts';
import { renewLeases } from './lane-lease.ts';
import type { LaneWriting } from './lane-writing.ts';
import type { SettledAttempt } from './settle-attempt.ts';
import { type WritingOwner, type Written, writeLanes } from './write-lanes.ts';

/** What comes together within this time is one transaction. */
const GATHER_MS = 20;
const MOST_AT_ONCE = 500;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** One that cannot be written while others can is let go after so many tries. */
const MOST_TRIES = 5;

export interface LaneWriterOptions {
  readonly writer: BatchWriter;
  readonly by: () => WritingOwner;
  readonly onWritten: (settled: readonly SettledAttempt[]) => void;
  readonly onEffect: (effect: Effect) => void;
  readonly report: (event: string, details: Record<string, unknown>) => void;
}

interface Pending {
  readonly writing: LaneWriting;
  readonly done: (kept: boolean) => void;
  tries: number;
}

/**
 * Writes what the lanes in work have to say, many of them in one transaction. With the store away it is kept in memory
 * and tried again: the lanes stay with us as long as nobody takes them.
 */
export class LaneWriter {
  readonly #options: LaneWriterOptions;
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #pauseMs = 0;
  #closed = false;

  constructor(options: LaneWriterOptions) {
    this.#options = options;
  }

  /** Whether the store could not be written the last time: nothing new should be begun. */
  get stuck(): boolean {
    return this.#pauseMs > 0;
  }

  /** How many attempts have ended and are not written yet. */
  get unwritten(): number {
    return this.#pending.reduce((sum, { writing }) => sum + (writing.attempts?.length ?? 0), 0);
  }

  /** @returns once it has committed; false when the lane is not ours any more, or what was said of it is given up */
  write(writing: LaneWriting): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((done) => {
      this.#pending.push({ writing, done, tries: 0 });
      if (this.stuck) return;
      if (this.#pending.length >= MOST_AT_ONCE) this.#flushIn(0);
      else if (!this.#timer) this.#flushIn(GATHER_MS);
    });
  }

  /** Writes what there is, once: what cannot be written now is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    do await this.#flush();
    while (this.#pending.length > 0 && !this.stuck);
    clearTimeout(this.#timer);
    for (const { done } of this.#pending.splice(0)) done(false);
  }

  #flushIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), delayMs);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing) return;
    this.#writing = this.#writeOut();
    await this.#writing;
    this.#writing = undefined;
    if (this.stuck) this.#flushIn(this.#pauseMs);
    else if (this.#pending.length > 0) this.#flushIn(this.#pending.length < MOST_AT_ONCE ? GATHER_MS : 0);
  }

  async #writeOut(): Promise<void> {
    const group = this.#pending.splice(0, MOST_AT_ONCE);
    if (group.length === 0) return;
    const error = await this.#attempt(group);
    const isAway = error !== undefined && !(await this.#writeSeparately(group));
    if (isAway !== this.stuck) {
      if (isAway) this.#options.report('deliveries.stalled', { error: String(error) });
      else this.#options.report('deliveries.resumed', {});
    }
    this.#pauseMs = isAway ? Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), LONGEST_PAUSE_MS) : 0;
  }

  /** Undefined when it was written, else why not. */
  async #attempt(group: readonly Pending[]): Promise<unknown> {
    const { writer, by, onWritten, onEffect } = this.#options;
    const writings = group.map(({ writing }) => writing);
    let written: Written;
    try {
      written = await writer.transact((tx) => writeLanes(tx, writings, by()));
    } catch (error) {
      return error ?? new Error('It is not said why.');
    }
    onWritten(written.settled);
    written.effects.forEach(onEffect);
    for (const { writing, done } of group) done(!written.lost.has(writing.lane.lane));
    return undefined;
  }

  /**
   * A lane that cannot be written to, for whatever defect, must not keep all others from it.
   *
   * @returns false when nothing can be written at all
   */
  async #writeSeparately(group: readonly Pending[]): Promise<boolean> {
    const lanes = [...Map.groupBy(group, ({ writing }) => writing.lane.lane).values()];
    for (const [index, pending] of lanes.entries()) {
      const error = await this.#attempt(pending);
      if (error === undefined) continue;
      if (!(await this.#storeTakes(pending))) {
        this.#pending.unshift(...lanes.slice(index).flat());
        return false;
      }
      this.#tryLater(pending, error);
    }
    return true;
  }

  async #storeTakes([pending]: readonly Pending[]): Promise<boolean> {
    const { writer, by } = this.#options;
    const { owner, now } = by();
    if (!pending) return false;
    return await renewLeases(writer, owner, [pending.writing.lane], now).then(
      () => true,
      () => false,
    );
  }

  /** What is given up takes all that was to be written to its lane with it: half of it would be untrue. */
  #tryLater(ofLane: readonly Pending[], error: unknown): void {
    for (const pending of ofLane) pending.tries++;
    if (ofLane.every(({ tries }) => tries < MOST_TRIES)) {
      this.#pending.unshift(...ofLane);
      return;
    }
    const lane = ofLane[0]?.writing.lane.lane;
    this.#options.report('deliveries.outcome-lost', { lane, error: String(error) });
    for (const { done } of ofLane) done(false);
  }
}
