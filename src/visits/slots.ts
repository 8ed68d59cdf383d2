/** A slot that has been taken; kept to give it back when the visit could not be answered after all. */
export interface Slot {
  giveBack(): void;
}

/** Who may still follow a link with a click limit. Exact: never more than the limit, whatever happens. */
export interface Slots {
  /** Slots taken so far. */
  taken(linkId: number): number | Promise<number>;
  /**
   * Takes a slot, if there is one, and calls `proceed` in the same turn. What proceeds must hand its record to the
   * journal before it returns: between the slot and its record nobody may count.
   *
   * @param proceed is called once, with undefined when the limit has been reached
   * @returns rejects, without having called `proceed`, when nobody can tell now
   */
  take(linkId: number, limit: number, proceed: (slot: Slot | undefined) => void): void | Promise<void>;
  /** The link's limit may have come, changed or gone. */
  forget(linkId: number): void;
  /** The limits of unknown links may have. */
  forgetAll(): void;
}

interface Tally {
  used: number;
}

const REMEMBERED = 100_000;

/**
 * Slots of a process that serves alone. The journal record of a visit is its reservation: what is in the store
 * plus what is on its way there is all there is, and memory only saves looking.
 *
 * A tally is loaded by letting ingest finish what has been appended so far and reading the counter. From then on
 * every visit of that link comes through here, so the tally stays exact. It is forgotten whenever the limit
 * may have changed, since visits without a limit do not come by.
 */
export class JournalSlots implements Slots {
  readonly #drain: () => Promise<void>;
  readonly #countOf: (linkId: number) => number | Promise<number>;
  readonly #tallies = new Map<number, Tally>();
  readonly #loading = new Map<number, Promise<Tally>>();

  /**
   * @param drain resolves when every record appended before the call is in the store
   * @param countOf slots of a link according to the store
   */
  constructor(drain: () => Promise<void>, countOf: (linkId: number) => number | Promise<number>) {
    this.#drain = drain;
    this.#countOf = countOf;
  }

  taken(linkId: number): number | Promise<number> {
    const tally = this.#tally(linkId);
    return tally instanceof Promise ? tally.then(({ used }) => used) : tally.used;
  }

  take(linkId: number, limit: number, proceed: (slot: Slot | undefined) => void): void | Promise<void> {
    const tally = this.#tally(linkId);
    if (tally instanceof Promise) return this.#takeLater(tally, linkId, limit, proceed);
    proceed(takeFrom(tally, limit));
  }

  async #takeLater(
    loading: Promise<Tally>,
    linkId: number,
    limit: number,
    proceed: (slot: Slot | undefined) => void,
  ): Promise<void> {
    await loading;
    // What was awaited may have been forgotten since; only a tally found at this very moment is exact.
    await this.take(linkId, limit, proceed);
  }

  #tally(linkId: number): Tally | Promise<Tally> {
    return this.#tallies.get(linkId) ?? this.#loading.get(linkId) ?? this.#load(linkId);
  }

  #load(linkId: number): Promise<Tally> {
    const isWanted = () => this.#loading.get(linkId) === promise;
    const load = async (): Promise<Tally> => {
      try {
        await this.#drain();
        const tally = { used: await this.#countOf(linkId) };
        if (isWanted()) this.#remember(linkId, tally);
        return tally;
      } finally {
        if (isWanted()) this.#loading.delete(linkId);
      }
    };
    const promise = load();
    this.#loading.set(linkId, promise);
    return promise;
  }

  #remember(linkId: number, tally: Tally): void {
    if (this.#tallies.size >= REMEMBERED) this.#tallies.delete(this.#tallies.keys().next().value as number);
    this.#tallies.set(linkId, tally);
  }

  forget(linkId: number): void {
    this.#tallies.delete(linkId);
    this.#loading.delete(linkId);
  }

  forgetAll(): void {
    this.#tallies.clear();
    this.#loading.clear();
  }
}

function takeFrom(tally: Tally, limit: number): Slot | undefined {
  if (tally.used >= limit) return undefined;
  tally.used++;
  return { giveBack: () => void tally.used-- };
}

/** Slots of many processes on one database: one conditional update each, before the answer. */
export class DatabaseSlots implements Slots {
  readonly #store: SlotStore;

  constructor(store: SlotStore) {
    this.#store = store;
  }

  taken(linkId: number): number | Promise<number> {
    return this.#store.taken(linkId);
  }

  async take(linkId: number, limit: number, proceed: (slot: Slot | undefined) => void): Promise<void> {
    const taken = await this.#store.take(linkId, limit);
    proceed(taken ? { giveBack: () => this.#store.giveBack(linkId) } : undefined);
  }

  forget(): void {}
  forgetAll(): void {}
}

export interface SlotStore {
  taken(linkId: number): number | Promise<number>;
  take(linkId: number, limit: number): Promise<boolean>;
  /** Best effort: a slot that stays taken by nobody is the lesser evil. */
  giveBack(linkId: number): void;
}
