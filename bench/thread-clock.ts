import { readFileSync } from 'node:fs';
import { threadsOf } from './cpu-clock.ts';

/** What the scheduler of Linux knows of threads, in microseconds since each began. */
export interface ThreadTimes {
  /** The answering thread had a core. */
  readonly mainUs: number;
  /** It could have gone on, and others had the core. */
  readonly mainWaitedUs: number;
  /** All other threads had a core. */
  readonly othersUs: number;
}

/** Finer than `cpuTimesOf`, which the kernel counts in steps of 10 ms. Threads that have ended are left out. */
export function threadTimesOf(pid: number): ThreadTimes {
  let othersUs = 0;
  for (const tid of threadsOf(pid)) if (tid !== pid) othersUs += scheduled(pid, tid).ranUs;
  const { ranUs, waitedUs } = scheduled(pid, pid);
  return { mainUs: ranUs, mainWaitedUs: waitedUs, othersUs };
}

export function timesBetween(from: ThreadTimes, to: ThreadTimes): ThreadTimes {
  return {
    mainUs: to.mainUs - from.mainUs,
    mainWaitedUs: to.mainWaitedUs - from.mainWaitedUs,
    othersUs: to.othersUs - from.othersUs,
  };
}

function scheduled(pid: number, tid: number): { ranUs: number; waitedUs: number } {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8')
    .split(' ')
    .map(Number);
  return { ranUs: ran / 1_000, waitedUs: waited / 1_000 };
}
