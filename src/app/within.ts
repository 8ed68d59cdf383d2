/** Took longer than somebody was willing to wait. */
export class TimedOut extends Error {}

/** Rejects with TimedOut when `work` takes longer; the work itself goes on and is no longer waited for. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // After a process stood still timers come first: what has arrived meanwhile was in time.
      setImmediate(() => reject(new TimedOut(`timeout after ${timeoutMs} ms`)));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
