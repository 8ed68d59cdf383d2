/** A value, or what is known not to exist. */
export interface Remembered<T> {
  readonly value: T | undefined;
  /** When the store began to be asked for it, by the clock of the index: later than this it may have changed. */
  readonly askedAt: number;
}

interface Loading<T> {
  promise: Promise<T | undefined>;
  askedAt: number;
  stale: boolean;
}

/**
 * What is hot, in bounded memory: values by key, and misses, so that guessing codes does not reach the database.
 *
 * Two generations make a cheap approximation of "least recently used": what is read moves to the young map; when
 * that is full it becomes the old one and the former old one is dropped. A read costs two map look-ups at worst.
 *
 * A load that is under way while its key is invalidated may have read the old row: it is fenced, and starts again.
 * Everybody who asks for a key meanwhile waits for the same load.
 */
export class HotIndex<T> {
  readonly #half: number;
  readonly #load: (key: string) => T | undefined | Promise<T | undefined>;
  #young = new Map<string, Remembered<T>>();
  #old = new Map<string, Remembered<T>>();
  readonly #loading = new Map<string, Loading<T>>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(
    size: number,
    load: (key: string) => T | undefined | Promise<T | undefined>,
    now: () => number = () => performance.now(),
  ) {
    this.#half = Math.max(1, Math.floor(size / 2));
    this.#load = load;
    this.#now = now;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What is remembered, a miss included; undefined when the key has to be loaded. */
  peek(key: string): Remembered<T> | undefined {
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.#remember(key, old);
    return old;
  }

  /** Remembered or loaded; synchronous whenever the store is. Rejects when the store cannot be asked. */
  get(key: string): T | undefined | Promise<T | undefined> {
    return this.getSince(key, Number.NEGATIVE_INFINITY);
  }

  /**
   * The same, as it was in the store at `since` or later: what has been asked for since then, or is asked for now.
   * However many ask, the store is asked for one key once at a time.
   */
  getSince(key: string, since: number): T | undefined | Promise<T | undefined> {
    const remembered = this.peek(key);
    if (remembered && remembered.askedAt >= since) return remembered.value;
    const loading = this.#loading.get(key);
    if (!loading) return this.#ask(key);
    if (loading.askedAt >= since) return loading.promise;
    const again = () => this.getSince(key, since);
    return loading.promise.then(again, again);
  }

  #ask(key: string): T | undefined | Promise<T | undefined> {
    const askedAt = this.#now();
    const loaded = this.#load(key);
    if (loaded instanceof Promise) return this.#join(key, loaded, askedAt);
    this.#remember(key, { value: loaded, askedAt });
    return loaded;
  }

  #join(key: string, first: Promise<T | undefined>, askedAt: number): Promise<T | undefined> {
    const entry: Loading<T> = { promise: first, askedAt, stale: false };
    entry.promise = (async () => {
      try {
        let value = await first;
        while (entry.stale) {
          entry.stale = false;
          entry.askedAt = this.#now();
          value = await this.#load(key);
        }
        this.#remember(key, { value, askedAt: entry.askedAt });
        return value;
      } finally {
        this.#loading.delete(key);
      }
    })();
    this.#loading.set(key, entry);
    return entry.promise;
  }

  #remember(key: string, remembered: Remembered<T>): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, remembered);
  }

  /** The next `get` sees what is in the store now, or later. */
  forget(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
    const loading = this.#loading.get(key);
    if (loading) loading.stale = true;
  }

  forgetAll(): void {
    this.#young.clear();
    this.#old.clear();
    for (const loading of this.#loading.values()) loading.stale = true;
  }
}
