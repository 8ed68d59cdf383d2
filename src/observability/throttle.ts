/**
 * Says something at most once per interval, with how often it was to be said: what a visitor can cause a thousand
 * times a second must not write a thousand lines.
 */
export function throttled<T>(intervalMs: number, say: (latest: T, times: number) => void): (what: T) => void {
  let times = 0;
  let silentUntil = Number.NEGATIVE_INFINITY;
  return (what) => {
    times++;
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + intervalMs;
    say(what, times);
    times = 0;
  };
}
