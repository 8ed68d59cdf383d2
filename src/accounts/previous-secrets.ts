/** A webhook's secret that is no longer the current one, and signs too until the instant (milliseconds). */
export interface PreviousSecret {
  readonly secret: string;
  readonly until: number;
}

/** Those of a stored list that still sign, the newest first. */
export function previousSecretsIn(stored: string, now: number): PreviousSecret[] {
  return read(stored).filter(({ until }) => now < until);
}

/** When the last of them ends or has ended; null when there is none. */
export function lastPreviousUntil(stored: string): number | null {
  const all = read(stored);
  return all.length === 0 ? null : Math.max(...all.map(({ until }) => until));
}

function read(stored: string): PreviousSecret[] {
  return JSON.parse(stored) as PreviousSecret[];
}
