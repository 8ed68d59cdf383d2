import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type PinnedProcess, SERVER_CORE, startPinned } from '../servers/pinned-process.ts';
import type { BareSenderPlan } from './bare-sender-process.ts';

const PROGRAM = fileURLToPath(new URL('bare-sender-process.ts', import.meta.url));

/** What the engine is compared with, on the core the server has. */
export class BareSender implements AsyncDisposable {
  readonly #process: PinnedProcess;

  constructor() {
    this.#process = startPinned({ name: 'bare sender', core: SERVER_CORE, args: [PROGRAM], env: {} });
  }

  get pid(): number {
    return this.#process.pid;
  }

  async send(plan: BareSenderPlan): Promise<void> {
    const { child, ended } = this.#process;
    child.send(plan);
    const [said] = await Promise.race([once(child, 'message'), ended]);
    if (said !== 'done') throw new Error(`bare sender: ${said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
