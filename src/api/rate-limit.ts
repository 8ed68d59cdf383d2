/** What a window says to one request. */
export interface Taken {
  readonly allowed: boolean;
  /** How many more the window has room for. */
  readonly remaining: number;
  /** When the window ends and the next one may begin. */
  readonly resetAt: number;
}

interface Window {
  used: number;
  readonly resetAt: number;
}

/** Callers remembered at once; some 150 bytes each. */
const REMEMBERED = 50_000;

/**
 * Counts requests in windows of a fixed length. A caller's window begins with the first request after its last one
 * ended, and a refused request does not prolong it. With more callers than are remembered, those that have been quiet
 * longest begin anew.
 */
export class FixedWindow {
  readonly limit: number;
  readonly #windowMs: number;
  readonly #remembered: number;
  /** Quiet longest comes first. */
  readonly #windows = new Map<string, Window>();

  constructor(limit: number, windowMs: number, remembered = REMEMBERED) {
    this.limit = limit;
    this.#windowMs = windowMs;
    this.#remembered = remembered;
  }

  /** Counts a request of the caller that `key` stands for. */
  take(key: string, now: number): Taken {
    const window = this.#current(key, now);
    this.#windows.delete(key);
    if (this.#windows.size >= this.#remembered) this.#forgetQuietest();
    this.#windows.set(key, window);
    const allowed = window.used < this.limit;
    if (allowed) window.used++;
    return { allowed, remaining: this.limit - window.used, resetAt: window.resetAt };
  }

  #current(key: string, now: number): Window {
    const window = this.#windows.get(key);
    // A clock that was set back must not keep a window open for longer than it is.
    const runs = window && now < window.resetAt && window.resetAt - now <= this.#windowMs;
    return runs ? window : { used: 0, resetAt: now + this.#windowMs };
  }

  #forgetQuietest(): void {
    const [quietest] = this.#windows.keys();
    if (quietest !== undefined) this.#windows.delete(quietest);
  }
}
