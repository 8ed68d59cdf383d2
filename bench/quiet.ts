import { coreBusyUs } from './cpu-clock.ts';
import { LOAD_CORE, SERVER_CORE } from './servers/pinned-process.ts';

const LOOK_MS = 300;
/** Share of the two cores together that still counts as quiet. */
const QUIET = 0.1;

/** Waits for moments in which nobody else uses the machine, for so long in all and no longer. */
export class Quiet {
  #patienceMs: number;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** To be called while nothing of the bench is working. */
  async untilQuiet(): Promise<void> {
    while (this.#patienceMs > 0) {
      const startedAt = performance.now();
      const before = busyUs();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const passedMs = performance.now() - startedAt;
      if ((busyUs() - before) / 1_000 / passedMs / 2 <= QUIET) return;
      this.#patienceMs -= passedMs;
    }
  }
}

function busyUs(): number {
  return coreBusyUs(SERVER_CORE) + coreBusyUs(LOAD_CORE);
}
