import { type CpuTimes, coreBusyUs, cpuBetween, cpuTimesOf } from './cpu-clock.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { LoadPlan } from './load/load-plan.ts';
import type { BenchServer } from './servers/bench-server.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { settle } from './settle.ts';

const SETTLE_PATIENCE_MS = 60_000;

/** What one server did in one turn of one round. */
export interface Turn {
  readonly perSecond: number;
  /** CPU time per redirect, with everything the server did afterwards because of it, in microseconds. */
  readonly cpuUs: CpuTimes;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly answeredInAll: number;
  /** How long the server worked on after its last answer. */
  readonly settledMs: number;
  readonly generatorBusy: number;
  /** Share of the server's core that others used meanwhile. */
  readonly disturbed: number;
}

/**
 * Lets the generator have its turn with a server, then waits until the server has nothing left to do.
 *
 * @param untilDone waits for that, and returns how long it took, milliseconds
 */
export async function takeTurn(
  generator: LoadGenerator,
  server: BenchServer,
  plan: Pick<LoadPlan, 'links' | 'arrival'>,
  offCore: (cpu: CpuTimes) => number = () => 0,
  untilDone: () => Promise<number> = () => settle(server.pid, SETTLE_PATIENCE_MS),
): Promise<Turn> {
  const before = { cpu: cpuTimesOf(server.pid), core: coreBusyUs(SERVER_CORE), at: performance.now() };
  const result = await generator.run({ port: server.port, connections: 64, ...plan });
  const after = { cpu: cpuTimesOf(server.pid), core: coreBusyUs(SERVER_CORE), at: performance.now() };
  const settledMs = await untilDone();
  const during = cpuBetween(before.cpu, after.cpu);
  const others = after.core - before.core - (during.process - offCore(during));
  return {
    perSecond: (result.answered * 1_000) / result.measuredMs,
    cpuUs: perRequest(cpuBetween(before.cpu, cpuTimesOf(server.pid)), result.answeredInAll),
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    answeredInAll: result.answeredInAll,
    settledMs,
    generatorBusy: result.generatorBusy,
    disturbed: Math.max(0, others / 1_000 / (after.at - before.at)),
  };
}

function perRequest(cpu: CpuTimes, requests: number): CpuTimes {
  return {
    process: cpu.process / requests,
    main: cpu.main / requests,
    v8: cpu.v8 / requests,
    pool: cpu.pool / requests,
    workers: cpu.workers / requests,
  };
}
