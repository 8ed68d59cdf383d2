import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, type PinnedProcess, startPinned } from '../servers/pinned-process.ts';
import type { LoadPlan, LoadReply, LoadResult } from './load-plan.ts';

/** Ahead of everything ordinary (-20 to 19). */
const FIRST_OF_ALL = -15;
const PROGRAM = fileURLToPath(new URL('load-process.ts', import.meta.url));

/** The load generator as the bench sees it: a process of its own on a core of its own. */
export class LoadGenerator implements AsyncDisposable {
  readonly #process: PinnedProcess;

  constructor() {
    this.#process = startPinned({ name: 'load generator', core: LOAD_CORE, args: [PROGRAM], env: {} });
  }

  /**
   * Takes its core whenever it wants it, from whatever works there beside it: else what is measured is its own waiting.
   *
   * @returns false when the system does not allow it to whoever runs this
   */
  hurry(): boolean {
    try {
      setPriority(this.#process.pid, FIRST_OF_ALL);
      return true;
    } catch {
      return false;
    }
  }

  async run(plan: LoadPlan): Promise<LoadResult> {
    const { child, ended } = this.#process;
    child.send(plan);
    const reply = await Promise.race([once(child, 'message'), ended]);
    const [message] = reply as [LoadReply];
    if (message.kind === 'failed') throw new Error(`load generator: ${message.message}`);
    return message.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
