import type { ApiContext } from '../api-context.ts';
import { FixedWindow } from '../rate-limit.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How often a key may call, where the operator has set a limit. */
export class RequestLimit {
  readonly #windows: readonly FixedWindow[];

  constructor({ perMinute, perHour }: ApiContext['vivoldiRateLimit']) {
    this.#windows = [
      ...(perMinute === null ? [] : [new FixedWindow(perMinute, MINUTE_MS)]),
      ...(perHour === null ? [] : [new FixedWindow(perHour, HOUR_MS)]),
    ];
  }

  /** Counts a request. @returns the seconds its caller has to wait instead, if it is one too many */
  take(caller: string, now: number): number | undefined {
    for (const window of this.#windows) {
      const { allowed, resetAt } = window.take(caller, now);
      if (!allowed) return Math.ceil((resetAt - now) / 1000);
    }
    return undefined;
  }
}
