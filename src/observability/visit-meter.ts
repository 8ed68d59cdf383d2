import type { IncomingMessage } from 'node:http';
import { DurationHistogram, FAST_BOUNDS_MS } from './duration-histogram.ts';

/** An answer that waits for the journal. */
interface WaitingAnswer {
  journalled(): void;
  refused(error: Error): void;
}

/** The first visits are all looked at, so that a new installation learns soon; of later ones every so many. */
const LOOKED_AT_FIRST = 64;
const LOOK_EVERY = 64;

/**
 * Counts visits by how they were answered and how long that took. It stands on the way of every visit: numbers in
 * typed arrays, two readings of the clock, nothing that names a label. What reads it does so when somebody asks.
 */
export class VisitMeter<Outcome extends string> {
  readonly durations = new DurationHistogram(FAST_BOUNDS_MS);
  readonly #indexOf: Readonly<Record<Outcome, number>>;
  readonly #counts: Float64Array;
  readonly #look: (request: IncomingMessage) => void;
  #arrived = 0;
  #journalled = 0;

  /** @param look is handed a request now and then, to see what proxies say; never awaited, must not throw */
  constructor(outcomes: readonly Outcome[], look: (request: IncomingMessage) => void) {
    this.#indexOf = Object.fromEntries(outcomes.map((outcome, index) => [outcome, index])) as Record<
      Outcome,
      number
    >;
    this.#counts = new Float64Array(outcomes.length);
    this.#look = look;
  }

  /** @returns when, for `answered` */
  arrived(request: IncomingMessage): number {
    const seen = this.#arrived++;
    if (seen < LOOKED_AT_FIRST || seen % LOOK_EVERY === 0) this.#look(request);
    return performance.now();
  }

  /** The answer has been handed over. */
  answered(outcome: Outcome, arrivedAt: number): void {
    const index = this.#indexOf[outcome];
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.durations.note(performance.now() - arrivedAt);
  }

  /** The same answer, counted when the journal has had its turn. @param ifHeldBack what it is without its click */
  whenJournalled(
    answer: WaitingAnswer,
    outcome: Outcome,
    ifHeldBack: Outcome,
    arrivedAt: number,
  ): WaitingAnswer {
    return new MeteredAnswer(this, answer, outcome, ifHeldBack, arrivedAt);
  }

  noteJournalled(): void {
    this.#journalled++;
  }

  /** Records whose visitors were answered after the journal had them, since the start. */
  get journalled(): number {
    return this.#journalled;
  }

  count(outcome: Outcome): number {
    return this.#counts[this.#indexOf[outcome]] as number;
  }
}

class MeteredAnswer<Outcome extends string> implements WaitingAnswer {
  readonly #meter: VisitMeter<Outcome>;
  readonly #answer: WaitingAnswer;
  readonly #outcome: Outcome;
  readonly #ifHeldBack: Outcome;
  readonly #arrivedAt: number;

  constructor(
    meter: VisitMeter<Outcome>,
    answer: WaitingAnswer,
    outcome: Outcome,
    ifHeldBack: Outcome,
    arrivedAt: number,
  ) {
    this.#meter = meter;
    this.#answer = answer;
    this.#outcome = outcome;
    this.#ifHeldBack = ifHeldBack;
    this.#arrivedAt = arrivedAt;
  }

  journalled(): void {
    this.#meter.noteJournalled();
    this.#answer.journalled();
    this.#meter.answered(this.#outcome, this.#arrivedAt);
  }

  refused(error: Error): void {
    this.#answer.refused(error);
    this.#meter.answered(this.#ifHeldBack, this.#arrivedAt);
  }
}
