import { cpuTimesOf } from './cpu-clock.ts';

const LOOK_EVERY_MS = 250;
const QUIET_US = 10_000;
const QUIET_LOOKS = 2;

/**
 * Waits until a server has finished what it still does behind its answers: until it uses next to no CPU twice in a
 * row. @returns how long that took after the call, in milliseconds
 */
export async function settle(pid: number, patienceMs: number): Promise<number> {
  const startedAt = performance.now();
  let before = cpuTimesOf(pid).process;
  let quiet = 0;
  let busyUntil = startedAt;
  while (quiet < QUIET_LOOKS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const now = cpuTimesOf(pid).process;
    if (now - before <= QUIET_US) {
      quiet += 1;
    } else {
      quiet = 0;
      busyUntil = performance.now();
    }
    before = now;
    if (performance.now() - startedAt > patienceMs)
      throw new Error(`process ${pid} has not become quiet in ${patienceMs / 1_000} s`);
  }
  return busyUntil - startedAt;
}
