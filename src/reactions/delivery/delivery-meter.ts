import { DurationHistogram, type Durations, SLOW_BOUNDS_MS } from '../../observability/duration-histogram.ts';
import type { ChannelName } from './delivery.ts';
import type { SettledAttempt } from './settle-attempt.ts';

/** Since the start of this process. */
export interface ChannelFigures {
  readonly delivered: number;
  readonly failed: number;
  readonly notSent: number;
  /** Attempts after which the delivery waits for another. */
  readonly retried: number;
  readonly attempts: Durations;
}

interface Counting {
  readonly counts: Record<SettledAttempt['state'], number>;
  readonly durations: DurationHistogram;
}

const nothingYet = (): Counting => ({
  counts: { delivered: 0, failed: 0, notSent: 0, waiting: 0 },
  durations: new DurationHistogram(SLOW_BOUNDS_MS),
});

/** Counts what has become of attempts. */
export class DeliveryMeter {
  readonly #channels: Readonly<Record<ChannelName, Counting>> = {
    webhook: nothingYet(),
    mail: nothingYet(),
    push: nothingYet(),
  };

  note(settled: readonly SettledAttempt[]): void {
    for (const { delivery, state, tried, attempted } of settled) {
      const { counts, durations } = this.#channels[delivery.channel];
      counts[state]++;
      if (tried) durations.note(attempted.durationMs);
    }
  }

  read(): Record<ChannelName, ChannelFigures> {
    const { webhook, mail, push } = this.#channels;
    return { webhook: figuresOf(webhook), mail: figuresOf(mail), push: figuresOf(push) };
  }
}

function figuresOf({ counts: { waiting, ...ended }, durations }: Counting): ChannelFigures {
  return { ...ended, retried: waiting, attempts: durations.read() };
}
