/** Too many wait already. */
export class TurnedAway extends Error {}

/** Lets a few through at a time and some more wait in line; whoever comes beyond that is turned away at once. */
export class Turnstile {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  /** @param waitingAtMost nobody is turned away if it is left out */
  constructor(atOnce: number, waitingAtMost = Number.POSITIVE_INFINITY) {
    this.#atOnce = atOnce;
    this.#waitingAtMost = waitingAtMost;
  }

  get isEmpty(): boolean {
    return this.#inside === 0;
  }

  /** Rejects with TurnedAway, without having begun, when the line is full; else as `work` ends. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#atOnce) this.#inside++;
    else if (this.#line.length < this.#waitingAtMost) await new Promise<void>((go) => this.#line.push(go));
    else throw new TurnedAway('too many are waiting');
    try {
      return await work();
    } finally {
      // The place goes to the next in line, so that nobody who comes just now slips in before.
      const next = this.#line.shift();
      if (next) next();
      else this.#inside--;
    }
  }
}
