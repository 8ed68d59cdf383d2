import { DurationHistogram, type Durations, SLOW_BOUNDS_MS } from './duration-histogram.ts';

export interface MeteredRequests {
  readonly surface: string;
  /** `2xx`, `4xx` … */
  readonly status: string;
  readonly durations: Durations;
}

/** Counts requests of the API. Surface and status class are ours, so there are never more than some thirty pairs. */
export class ApiMeter {
  readonly #histograms = new Map<string, DurationHistogram>();

  answered(surface: string, status: number, durationMs: number): void {
    const key = `${surface} ${Math.floor(status / 100)}xx`;
    let histogram = this.#histograms.get(key);
    if (!histogram) {
      histogram = new DurationHistogram(SLOW_BOUNDS_MS);
      this.#histograms.set(key, histogram);
    }
    histogram.note(durationMs);
  }

  read(): MeteredRequests[] {
    return [...this.#histograms].map(([key, histogram]) => {
      const [surface = '', status = ''] = key.split(' ');
      return { surface, status, durations: histogram.read() };
    });
  }
}
