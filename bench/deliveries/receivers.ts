import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, type PinnedProcess, startPinned } from '../servers/pinned-process.ts';
import type { ReceiverRequest, ReceiverTally } from './receiver-messages.ts';

const PROGRAM = fileURLToPath(new URL('receiver-process.ts', import.meta.url));
const LOOK_EVERY_MS = 100;

/** Webhook receivers as the bench sees them: ports of one process on the core of the load generator. */
export class Receivers implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #process: PinnedProcess;

  private constructor(process: PinnedProcess, ports: readonly number[]) {
    this.#process = process;
    this.ports = ports;
  }

  /** @param behaviour `take` answers at once, `hang` never */
  static async start(howMany: number, behaviour: 'take' | 'hang'): Promise<Receivers> {
    const args = [PROGRAM, String(howMany), behaviour];
    const started = startPinned({ name: 'receivers', core: LOAD_CORE, args, env: {} });
    const [ports] = await Promise.race([once(started.child, 'message'), started.ended]);
    return new Receivers(started, ports as number[]);
  }

  /** Counts from nothing again. */
  async begin(): Promise<void> {
    await this.#ask('begin');
  }

  tally(): Promise<ReceiverTally> {
    return this.#ask('tally');
  }

  /** @throws when they have not come in time */
  async untilReceived(different: number, withinMs: number): Promise<ReceiverTally> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const tally = await this.tally();
      if (tally.different >= different) return tally;
      if (performance.now() > giveUpAt)
        throw new Error(`only ${tally.different} of ${different} deliveries came in ${withinMs / 1_000} s`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #ask(request: ReceiverRequest): Promise<ReceiverTally> {
    const { child, ended } = this.#process;
    child.send(request);
    const [tally] = await Promise.race([once(child, 'message'), ended]);
    return tally as ReceiverTally;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
