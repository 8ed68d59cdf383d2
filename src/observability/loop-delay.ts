import { monitorEventLoopDelay } from 'node:perf_hooks';

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>;

const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;

/** How late the event loop was, in milliseconds: what a request had to wait before anybody looked at it. */
export interface LoopDelays {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Measures the delay of this thread's event loop. What it says is about the last one to two minutes. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #before: LoopDelays = { p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 };

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#turnWindow(), WINDOW_MS);
    this.#timer.unref();
  }

  /** The worse of the window that is open and the one before it. */
  read(): LoopDelays {
    const now = delaysIn(this.#histogram);
    const { p50Ms, p90Ms, p99Ms, maxMs } = this.#before;
    return {
      p50Ms: Math.max(now.p50Ms, p50Ms),
      p90Ms: Math.max(now.p90Ms, p90Ms),
      p99Ms: Math.max(now.p99Ms, p99Ms),
      maxMs: Math.max(now.maxMs, maxMs),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #turnWindow(): void {
    this.#before = delaysIn(this.#histogram);
    this.#histogram.reset();
  }
}

/** The histogram holds the time between two looks, in nanoseconds; an idle loop looks every RESOLUTION_MS. */
function delaysIn(histogram: IntervalHistogram): LoopDelays {
  const delay = (nanoseconds: number) =>
    histogram.count === 0 ? 0 : Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    p50Ms: delay(histogram.percentile(50)),
    p90Ms: delay(histogram.percentile(90)),
    p99Ms: delay(histogram.percentile(99)),
    maxMs: delay(histogram.max),
  };
}
