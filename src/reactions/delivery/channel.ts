import type { BatchReader, BatchTransaction } from '../../db/batch-writer.ts';
import type { ChannelName, Delivery, FinalReason } from './delivery.ts';

/** How deliveries of one kind of receiver are sent. The engine asks; what was sent when, and again, is its business. */
export interface Channel {
  readonly name: ChannelName;
  /** Deliveries of one lane on their way at the same time; one that fails is tried alone. */
  readonly concurrency: number;
  /** Undefined: one by one. Else all that waits in a lane, up to so many, goes out as one message. */
  readonly together?: number;
  /** Shortest time between two messages of a lane that were taken; undefined: none. */
  readonly spacingMs?: number;
  /** The delays after the first, second, … failed attempt, milliseconds; when they are used up it is given up. */
  readonly retryDelaysMs: readonly number[];

  /**
   * Asked each time a lane is taken up, so that the settings of this moment apply.
   *
   * @throws when the store cannot be asked
   */
  open(lane: OpenedLane, stores: Stores): Promise<Opened>;

  /**
   * Writes what else follows from attempts, in the transaction that writes the attempts.
   *
   * @returns what is to be done elsewhere once that has committed
   */
  settle?(tx: BatchTransaction, settled: readonly Settled[]): Promise<readonly Effect[]>;
}

export interface OpenedLane {
  readonly lane: string;
  readonly projectId: number;
  /** First failure since the last success; null when the last attempt succeeded. */
  readonly failingSince: number | null;
  /** Of the deliveries that are about to be sent. */
  readonly deliveries: readonly Delivery[];
  readonly now: number;
}

export interface Stores {
  readonly config: BatchReader;
  readonly events: BatchReader;
}

export type Opened =
  | {
      readonly kind: 'send';
      /** Never throws. @param deliveries one, or all that go together */
      send(deliveries: readonly Delivery[], now: number): Promise<Attempted>;
    }
  /** Nothing is to be sent now; asked again within a minute. The reason is shown. */
  | { readonly kind: 'hold'; readonly reason: 'paused' | 'webhooks-off' | 'group-off' }
  /** What waits here can never be sent. */
  | { readonly kind: 'end'; readonly state: 'failed' | 'notSent'; readonly reason: FinalReason };

/** What came of one attempt. */
export interface Attempted {
  readonly outcome: 'delivered' | 'retry' | 'failed' | 'notSent';
  /** Of `failed` and `notSent`. */
  readonly reason?: FinalReason;
  /** HTTP (or SMTP) status; null when nobody answered. */
  readonly status: number | null;
  /** A sentence without secrets: why there is no answer, or why it does not count. Null when it does. */
  readonly error: string | null;
  /** The first 4 kB of what was answered. */
  readonly answer: string;
  /** The receiver asks not to be called sooner, milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly durationMs: number;
  /** Of `retry`: all was handed over, and nobody said what became of it. The next message keeps its distance from it. */
  readonly perhapsTaken?: boolean;
  /** The receiver of all that waits in the lane wants nothing more: the lane is opened anew before anything else is sent. */
  readonly endsTurn?: boolean;
}

/** An attempt and where it has left the delivery. */
export interface Settled {
  readonly delivery: Delivery;
  readonly attempted: Attempted;
  readonly state: 'waiting' | 'delivered' | 'failed' | 'notSent';
  /** Of the delivery's lane, this attempt included. */
  readonly failingSince: number | null;
  readonly now: number;
}

/** What has to be written to the configuration, which the delivery thread only reads. */
export type Effect = {
  readonly kind: 'disable-endpoint';
  readonly endpointId: number;
  readonly reason: 'gone' | 'failing';
  /**
   * When somebody had last edited what was called, milliseconds. Whoever has edited it since means another receiver, of
   * which this says nothing.
   */
  readonly calledAsOf: number;
};
