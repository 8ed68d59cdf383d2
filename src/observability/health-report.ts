import type { LoopDelays } from './loop-delay.ts';
import type { ProxySummary } from './proxy-watch.ts';

export interface HealthCheck {
  readonly ok: boolean;
  /** In words, when there is something to say. */
  readonly detail?: string;
}

/** What a running server knows of its own health and nobody else can find out; `switchyard doctor` asks for it. */
export interface HealthReport {
  readonly publicUrl: string;
  /** When the process started, milliseconds. */
  readonly startedAt: number;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Clicks that could not be recorded since it started. */
  readonly lostClicks: number;
  /** What waits in the journal; null when that cannot be told now. */
  readonly backlog: {
    readonly records: number;
    readonly bytes: number;
    /** Age of what waits longest, milliseconds; 0 when nothing does. */
    readonly oldestMs: number;
  } | null;
  readonly loopDelays: LoopDelays;
  readonly linkIndex: {
    readonly hits: number;
    readonly misses: number;
    readonly links: number;
    readonly groups: number;
  };
  readonly proxies: ProxySummary;
  /** Null while the database cannot be asked. */
  readonly clock: ClockReadings | null;
  /** Null while the database cannot be asked. */
  readonly deliveries: DeliveryHealth | null;
  /** Whether there is a server to send mails with. */
  readonly sendsMail: boolean;
  /** Null when clicks get no country; undefined when it cannot be told now. */
  readonly geo?: { readonly source: string; readonly builtAt: number | null } | null;
}

export interface ClockReadings {
  /** How far the database's clock is ahead of this machine's, milliseconds, and by how much that may be wrong. */
  readonly databaseAheadMs: number;
  readonly uncertainMs: number;
  /** The newest click that is counted; null when there is none. */
  readonly newestClickAt: number | null;
}

/** Webhooks, mails and notifications on their way, of the whole installation. */
export interface DeliveryHealth {
  /** Not finished: due now, or later, or held. */
  readonly waiting: number;
  /** Of them: to receivers that are paused or switched off. */
  readonly held: number;
  /** Not kept, because too many waited for the same receiver; of receivers for which something still waits. */
  readonly dropped: number;
  /** For how long what should have gone out has not been taken up, milliseconds; 0 when there is no such thing. */
  readonly overdueMs: number;
  readonly webhooks: {
    /** By the product, because they answered 410 or failed for days. */
    readonly disabled: number;
    /** By people. */
    readonly paused: number;
    /** Those whose last attempt failed and that are not disabled; and the longest time since the last success. */
    readonly failing: number;
    readonly failingForMs: number;
  };
  /** Mails of the last day that were not sent because there is no server to send them with. */
  readonly mailsWithoutServer: number;
}
