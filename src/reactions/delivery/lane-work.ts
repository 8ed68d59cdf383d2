import type { Attempted, Channel, Opened, Stores } from './channel.ts';
import type { ChannelPlaces } from './channel-places.ts';
import type { Delivery } from './delivery.ts';
import type { ClaimedLane } from './lane-lease.ts';
import type { LaneWriting } from './lane-writing.ts';
import { failurePause } from './retry-schedule.ts';
import type { EndedAttempt } from './settle-attempt.ts';
import { loadWaiting } from './waiting-deliveries.ts';

/** Of a lane that sends one by one: enough to keep its receiver busy while the outcomes are written. */
const PIECE = 50;
const ROUNDS_A_PIECE = 10;
const LARGEST_PIECE = 500;
const ENDED_AT_ONCE = 500;
/** A lane that is held is asked about again after so long, or when settings have changed. */
export const HOLD_MS = 60_000;
/** After a trouble that is not the receiver's. */
const TROUBLE_PAUSE_MS = 10_000;
/** After a receiver has said that it wants nothing more: so that this can be written down before it is looked up. */
const ENDED_PAUSE_MS = 1_000;
/** So long a lane may keep its place while others wait for one. */
const LONGEST_TURN_MS = 2_000;

/** What a lane's work asks of the engine it runs in. */
export interface LaneWorkplace {
  readonly stores: Stores;
  now(): number;
  /** Reads and opens a lane; few at a time. */
  paced<T>(work: () => Promise<T>): Promise<T>;
  /** @returns false when the lane is not ours any more */
  write(writing: LaneWriting): Promise<boolean>;
  /** Of the lane's channel. */
  readonly places: Pick<ChannelPlaces, 'crowded' | 'mayEnter' | 'leave'>;
  noteUnderWay(change: 1 | -1): void;
  /** Another number whenever settings have changed. */
  settingsVersion(): number;
  stopping(): boolean;
  /** What is sent now could not be written: nothing more is begun. */
  stalled(): boolean;
  report(event: string, details: Record<string, unknown>): void;
}

/** How to send, by the settings of that moment. */
type OpenedToSend = Extract<Opened, { kind: 'send' }> & { readonly settings: number };

type Phase = 'claimed' | 'opened' | 'sending' | 'written' | 'released';

/** The way of one turn of a lane; `written` goes on with the next piece. */
const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  claimed: ['opened', 'released'],
  opened: ['sending', 'written', 'released'],
  sending: ['written', 'released'],
  written: ['opened', 'released'],
  released: [],
};

/** One process's turn at a lane: opens it, sends what is due in pieces, writes what came of it, and lets the lane go. */
export class LaneWork {
  readonly lane: ClaimedLane;
  readonly #channel: Channel;
  readonly #place: LaneWorkplace;
  readonly #startedAt = performance.now();
  #phase: Phase = 'claimed';
  #failingSince: number | null;
  #lost = false;
  #wasHeld = false;
  #ended = false;
  /** A receiver that fails is not called before. */
  #closedUntil = 0;

  constructor(lane: ClaimedLane, channel: Channel, place: LaneWorkplace) {
    this.lane = lane;
    this.#channel = channel;
    this.#place = place;
    this.#failingSince = lane.failingSince;
  }

  /** Somebody else has taken the lane: nothing more is begun or written. */
  lose(): void {
    this.#lost = true;
  }

  /** Whether it found that nothing is to be sent now. */
  get wasHeld(): boolean {
    return this.#wasHeld;
  }

  /** Never throws. */
  async run(): Promise<void> {
    try {
      while (await this.#piece());
    } catch (error) {
      this.#place.report('deliveries.lane-trouble', { lane: this.lane.lane, error: String(error) });
      if (this.#phase !== 'released') await this.#release({ openAt: this.#place.now() + TROUBLE_PAUSE_MS });
    }
  }

  /** @returns whether there may be more */
  async #piece(): Promise<boolean> {
    const { stores } = this.#place;
    const now = this.#place.now();
    if (this.#lost) return this.#leave();
    if (this.#place.stopping()) return await this.#release();
    const size = this.#pieceSize();
    // What goes out together takes along what waits for its next try, or old news would follow new ones.
    const until = this.#channel.together === undefined ? now : Number.MAX_SAFE_INTEGER;
    const due = await this.#place.paced(() => loadWaiting(stores.events, this.lane.lane, until, size));
    if (due.length === 0) return await this.#release({ held: null });
    const { lane, projectId } = this.lane;
    const settings = this.#place.settingsVersion();
    const opened = await this.#place.paced(() =>
      this.#channel.open({ lane, projectId, failingSince: this.#failingSince, deliveries: due, now }, stores),
    );
    this.#move('opened');
    switch (opened.kind) {
      case 'hold':
        this.#wasHeld = true;
        return await this.#release({ openAt: now + HOLD_MS, held: opened.reason });
      case 'end':
        return await this.#end(opened);
      case 'send':
        return await this.#send({ ...opened, settings }, due, due.length === size);
    }
  }

  #pieceSize(): number {
    const { together, concurrency } = this.#channel;
    if (together !== undefined) return together;
    if (this.#failingSince !== null) return 1;
    return Math.min(Math.max(PIECE, ROUNDS_A_PIECE * concurrency), LARGEST_PIECE);
  }

  async #send(opened: OpenedToSend, due: readonly Delivery[], more: boolean): Promise<boolean> {
    if (!(await this.#closeForAWhile())) return this.#leave();
    this.#move('sending');
    const written =
      this.#channel.together === undefined
        ? await this.#sendEach(opened, due)
        : [this.#writeAttempt(due, await this.#try(opened, due))];
    const unsent = this.#channel.together === undefined && due.length > written.length;
    const mayGoOn = !this.#ended && this.#closedUntil === 0 && this.#channel.spacingMs === undefined;
    const goesOn = (more || unsent) && mayGoOn && !this.#mustYield();
    // Beside the last outcomes rather than after them: they share a transaction.
    const released = goesOn ? undefined : this.#release(this.#afterSending());
    const kept = await Promise.all(written);
    if (!goesOn) return (await released) ?? false;
    if (kept.includes(false)) this.#lost = true;
    this.#move('written');
    return true;
  }

  #afterSending(): { openAt?: number; yields?: boolean } {
    if (this.#ended) return { openAt: this.#place.now() + ENDED_PAUSE_MS };
    if (this.#closedUntil > 0) return { openAt: this.#closedUntil };
    return this.#mustYield() ? { yields: true } : {};
  }

  /** A message whose attempt nobody lives to write must not be followed by another too soon. */
  async #closeForAWhile(): Promise<boolean> {
    const { spacingMs } = this.#channel;
    if (spacingMs === undefined) return true;
    return await this.#place.write({ lane: this.lane, openAt: this.#place.now() + spacingMs });
  }

  /**
   * Several at once. After a failure none is begun any more, nor when settings have changed since it was asked for them,
   * nor when others wait for the place. @returns the writings, which are on their way
   */
  async #sendEach(opened: OpenedToSend, due: readonly Delivery[]): Promise<Promise<boolean>[]> {
    const left = [...due];
    const written: Promise<boolean>[] = [];
    const failedBefore = this.#failingSince !== null;
    const mayGoOn = () =>
      left.length > 0 &&
      !this.#mustStop() &&
      !this.#ended &&
      // Whoever has got a place makes at least one attempt.
      (left.length === due.length || !this.#mustYield()) &&
      this.#place.settingsVersion() === opened.settings &&
      (failedBefore || this.#failingSince === null);
    const sender = async () => {
      while (mayGoOn()) {
        const delivery = left.shift() as Delivery;
        const attempted = await this.#try(opened, [delivery]);
        written.push(this.#writeAttempt([delivery], attempted));
      }
    };
    const senders = [sender()];
    while (senders.length < this.#channel.concurrency && mayGoOn() && this.#place.places.mayEnter()) {
      senders.push(sender().finally(() => this.#place.places.leave()));
    }
    await Promise.all(senders);
    return written;
  }

  async #try(opened: OpenedToSend, deliveries: readonly Delivery[]): Promise<Attempted> {
    this.#place.noteUnderWay(1);
    const startedAt = performance.now();
    try {
      return await opened.send(deliveries, this.#place.now());
    } catch (error) {
      this.#place.report('deliveries.attempt-broke', { lane: this.lane.lane, error: String(error) });
      return {
        outcome: 'retry',
        status: null,
        error: 'The attempt broke off in the server; its log says why.',
        answer: '',
        durationMs: Math.round(performance.now() - startedAt),
      };
    } finally {
      this.#place.noteUnderWay(-1);
    }
  }

  #writeAttempt(deliveries: readonly Delivery[], attempted: Attempted): Promise<boolean> {
    const at = this.#place.now();
    if (attempted.outcome === 'delivered') {
      this.#failingSince = null;
      this.#closedUntil = 0;
    } else if (attempted.outcome === 'retry') {
      this.#failingSince ??= at;
      const pause = failurePause(at - this.#failingSince, attempted.retryAfterMs);
      // What goes out together has no others to be kept back.
      if (this.#channel.together === undefined) this.#closedUntil = Math.max(this.#closedUntil, at + pause);
    }
    if (attempted.endsTurn) this.#ended = true;
    const attempts = deliveries.map((delivery): EndedAttempt => ({ delivery, attempted, at, tried: true }));
    // What was not taken is tried again when the schedule says; what may have been, not before its time.
    const reopens =
      this.#channel.spacingMs !== undefined && attempted.outcome !== 'delivered' && !attempted.perhapsTaken;
    return this.#place.write({ lane: this.lane, attempts, held: null, ...(reopens ? { openAt: 0 } : {}) });
  }

  /** Also what is not due yet: none of it can ever be sent. */
  async #end({ state, reason }: Extract<Opened, { kind: 'end' }>): Promise<boolean> {
    const { stores } = this.#place;
    for (;;) {
      const waiting = await this.#place.paced(() =>
        loadWaiting(stores.events, this.lane.lane, Number.MAX_SAFE_INTEGER, ENDED_AT_ONCE),
      );
      if (waiting.length === 0 || this.#place.stopping()) return await this.#release({ held: null });
      const at = this.#place.now();
      const attempted: Attempted = {
        outcome: state,
        reason,
        status: null,
        error: null,
        answer: '',
        durationMs: 0,
      };
      const attempts = waiting.map((delivery): EndedAttempt => ({ delivery, attempted, at, tried: false }));
      if (!(await this.#place.write({ lane: this.lane, attempts }))) return this.#leave();
    }
  }

  #mustStop(): boolean {
    return this.#place.stopping() || this.#place.stalled() || this.#lost;
  }

  #mustYield(): boolean {
    if (this.#mustStop()) return true;
    const long = this.#failingSince !== null || performance.now() - this.#startedAt > LONGEST_TURN_MS;
    return long && this.#place.places.crowded;
  }

  /** @param yields what is left is due behind what others have waiting */
  async #release({
    openAt,
    held,
    yields,
  }: {
    openAt?: number;
    held?: string | null;
    yields?: boolean;
  } = {}): Promise<false> {
    this.#move('released');
    await this.#place.write({
      lane: this.lane,
      ...(openAt === undefined ? {} : { openAt }),
      ...(held === undefined ? {} : { held }),
      release: { notBefore: yields ? this.#place.now() : 0 },
    });
    return false;
  }

  /** The lane is somebody else's; or what was sent could not be written, and the lease running out keeps us from haste. */
  #leave(): false {
    this.#move('released');
    return false;
  }

  #move(to: Phase): void {
    if (!NEXT[this.#phase].includes(to)) {
      throw new Error(`A lane cannot go from ${this.#phase} to ${to}: ${this.lane.lane}`);
    }
    this.#phase = to;
  }
}
