import { instantOfLocalTime, localTimeOf } from '../../accounts/local-time.ts';
import { LATEST_INSTANT } from '../../links/setting.ts';
import type { ApiContext } from '../api-context.ts';

/** The last second a client can write. "For ever", in every zone: also where it lies beyond what instants can be. */
const LATEST_TIME = '9999-12-31 23:59:59';
const SECOND_MS = 1_000;

/**
 * Reads and writes the local times of this API, which are those of the project's zone. Ends are inclusive to their
 * second here and exclusive inside.
 */
export class ProjectClock {
  readonly #timeZone: string;

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  static async of(context: ApiContext, projectId: number): Promise<ProjectClock> {
    return new ProjectClock((await context.projects.load(projectId)).timeZone);
  }

  /** @param text as `localTime` has let it through */
  instantOf(text: string): number {
    const instant = instantOfLocalTime(text, this.#timeZone) ?? LATEST_INSTANT;
    return Math.min(Math.max(instant, 0), LATEST_INSTANT);
  }

  /** The instant from which a time that ends with the second `text` is over. */
  endOf(text: string): number {
    return Math.min(this.instantOf(text) + SECOND_MS, LATEST_INSTANT);
  }

  textOf(instant: number): string {
    if (instant === LATEST_INSTANT) return LATEST_TIME;
    const text = localTimeOf(instant, this.#timeZone);
    // East of Greenwich the last hours of the year 9999 are in a year of five digits.
    return text.length === LATEST_TIME.length ? text : LATEST_TIME;
  }

  /** The last second before `end`; of an end within a second, that second. */
  endTextOf(end: number): string {
    return end === LATEST_INSTANT ? LATEST_TIME : this.textOf(lastSecondOf(end));
  }
}

/** The second an instant is in, which is all of it that this API can show. */
export function secondOf(instant: number): number {
  return Math.floor(instant / SECOND_MS) * SECOND_MS;
}

/** The last second that a time with this exclusive end reaches into. */
export function lastSecondOf(end: number): number {
  return Math.ceil(end / SECOND_MS) * SECOND_MS - SECOND_MS;
}
