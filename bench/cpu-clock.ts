import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process has used since its start, in microseconds; the kernel counts in steps of 10 ms. */
export interface CpuTimes {
  /** All threads, also those that have ended. */
  readonly process: number;
  /** The thread that runs the event loop and answers. */
  readonly main: number;
  /** Node's own helpers: garbage collection and compilation. */
  readonly v8: number;
  /** libuv's pool: file synchronisation and the like. */
  readonly pool: number;
  /** Threads the program itself started, such as ingest. */
  readonly workers: number;
}

const TICK_US = 10_000;
const USER_TIME_FIELD = 11;
const V8_THREADS = /^(V8Worker|DelayedTaskSche)/;

export function cpuTimesOf(pid: number): CpuTimes {
  const times = { process: statOf(`/proc/${pid}/stat`).cpuUs, main: 0, v8: 0, pool: 0, workers: 0 };
  for (const tid of threadsOf(pid)) {
    const { name, cpuUs } = statOf(`/proc/${pid}/task/${tid}/stat`);
    if (tid === pid) times.main += cpuUs;
    else if (V8_THREADS.test(name)) times.v8 += cpuUs;
    else if (name === 'libuv-worker') times.pool += cpuUs;
    else times.workers += cpuUs;
  }
  return times;
}

export function cpuBetween(from: CpuTimes, to: CpuTimes): CpuTimes {
  return {
    process: to.process - from.process,
    main: to.main - from.main,
    v8: to.v8 - from.v8,
    pool: to.pool - from.pool,
    workers: to.workers - from.workers,
  };
}

export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** The name stands in parentheses and may hold anything; what follows the last one is regular. */
function statOf(path: string): { name: string; cpuUs: number } {
  const text = readFileSync(path, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TIME_FIELD]) + Number(fields[USER_TIME_FIELD + 1]);
  return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), cpuUs: ticks * TICK_US };
}

/** Time each core has been busy since boot, in microseconds, whoever used it, stolen time included. */
export function coreBusyUs(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`cpu${core} `));
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .split(' ')
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_US;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}
