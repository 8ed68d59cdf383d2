import { setTimeout as pause } from 'node:timers/promises';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { requireAllCounted } from '../counted-clicks.ts';
import { fill } from '../fill.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import type { LoadPlan } from '../load/load-plan.ts';
import type { BenchOptions } from '../options.ts';
import type { Contender } from '../rounds.ts';
import { LOAD_CORE, SERVER_CORE } from '../servers/pinned-process.ts';
import { SwitchyardServer } from '../servers/switchyard-server.ts';
import { median } from '../statistics.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { type Turn, takeTurn } from '../turn.ts';
import { createEndpoints } from './outbox-load.ts';

const WARM_UP_MS = 1_500;
const INGEST_PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 100;
const ATTEMPTS = 'switchyard_delivery_attempt_duration_seconds_count';
const LOOP_DELAY = 'switchyard_event_loop_delay_seconds{quantile="0.99"}';

export interface PendingSiteOptions {
  readonly name: string;
  readonly links: number;
  /** Where its webhooks listen. */
  readonly ports: readonly number[];
  /** Puts into the outbox what is to wait there, while no server runs. */
  readonly fillOutbox: (location: StoreLocation) => Promise<void>;
  readonly generator: LoadGenerator;
  readonly bench: BenchOptions;
}

/**
 * A server with an outbox of its own, stopped (SIGSTOP) except while it has its turn: what one does behind its answers
 * must not be felt in the turn of another.
 */
export class PendingSite implements Contender, AsyncDisposable {
  readonly name: string;
  readonly #options: PendingSiteOptions;
  readonly #folder: TemporaryFolder;
  readonly #server: SwitchyardServer;
  #answered = 0;
  #attempts = 0;
  #turnsMs = 0;
  readonly #loopDelaysMs: number[] = [];
  #ended = false;

  static async open(options: PendingSiteOptions): Promise<PendingSite> {
    const { name, links, ports, bench } = options;
    const folder = new TemporaryFolder();
    const start = () =>
      SwitchyardServer.start({
        name,
        dataDir: folder.path,
        core: SERVER_CORE,
        program: bench.program,
        env: { ALLOW_PRIVATE_TARGETS: 'true' },
      });
    {
      await using first = await start();
      await fill(first, links, bench.say);
      await createEndpoints(first, ports);
    }
    await options.fillOutbox({ dataDir: folder.path, database: { engine: 'sqlite' } });
    const site = new PendingSite(options, folder, await start());
    await site.#warmUp();
    return site;
  }

  private constructor(options: PendingSiteOptions, folder: TemporaryFolder, server: SwitchyardServer) {
    this.name = options.name;
    this.#options = options;
    this.#folder = folder;
    this.#server = server;
  }

  async turn(): Promise<Turn> {
    const { rate, seconds } = this.#options.bench;
    const arrival = {
      kind: 'steady',
      perSecond: rate,
      warmUpMs: WARM_UP_MS,
      measureMs: seconds * 1_000,
    } as const;
    process.kill(this.#server.pid, 'SIGCONT');
    const from = { attempts: await this.#metric(ATTEMPTS), at: performance.now() };
    const turn = await this.#run(arrival);
    this.#attempts += (await this.#metric(ATTEMPTS)) - from.attempts;
    this.#turnsMs += performance.now() - from.at;
    this.#loopDelaysMs.push((await this.#metric(LOOP_DELAY)) * 1_000);
    process.kill(this.#server.pid, 'SIGSTOP');
    return turn;
  }

  /** What the server says of the last one to two minutes, 99 %; one that was stopped a moment ago is one sample of it. */
  get loopDelayMs(): number {
    return median(this.#loopDelaysMs);
  }

  /** Attempts at deliveries that ended within its turns. */
  get attemptsPerSecond(): number {
    return (this.#attempts * 1_000) / this.#turnsMs;
  }

  async #warmUp(): Promise<void> {
    this.#server.moveBackgroundThreads(LOAD_CORE);
    await this.#run({ kind: 'each' });
    await this.#run({ kind: 'saturate', warmUpMs: 0, measureMs: 2 * WARM_UP_MS });
    process.kill(this.#server.pid, 'SIGSTOP');
  }

  async #run(arrival: LoadPlan['arrival']): Promise<Turn> {
    const { generator, links } = this.#options;
    const turn = await takeTurn(
      generator,
      this.#server,
      { links, arrival },
      (cpu) => cpu.workers + cpu.pool,
      () => this.#untilIngested(),
    );
    this.#answered += turn.answeredInAll;
    return turn;
  }

  /** It never gets quiet where deliveries go on. */
  async #untilIngested(): Promise<number> {
    const startedAt = performance.now();
    while ((await this.#metric('switchyard_journal_lag_records')) > 0) {
      if (performance.now() - startedAt > INGEST_PATIENCE_MS)
        throw new Error(`${this.name}: clicks still wait after ${INGEST_PATIENCE_MS / 1_000} s`);
      await pause(LOOK_EVERY_MS);
    }
    return performance.now() - startedAt;
  }

  /** @param name with labels, or summed over them */
  async #metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#server.port}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Ends the server. @throws when a click was not counted */
  async requireAllCounted(): Promise<string> {
    await this.#end();
    return requireAllCounted(this.#folder.path, this.#answered);
  }

  async #end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    process.kill(this.#server.pid, 'SIGCONT');
    await this.#server[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.#folder[Symbol.dispose]();
  }
}
