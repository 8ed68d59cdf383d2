/** `ok`: as it should be. `warn`: works, and somebody should know. `bad`: something does not work. */
export type Level = 'ok' | 'warn' | 'bad';

/** What a look at one thing has found. */
export interface Finding {
  /** Which check it is; stable, for programs. `docs/observability.md` lists them. */
  readonly check: string;
  readonly level: Level;
  /** For people: what is, and if it is not well, what it means and what to do. */
  readonly text: string;
}

const MARKS = { ok: 'ok  ', warn: 'WARN', bad: 'BAD ' } as const satisfies Record<Level, string>;

/** A line for each, and a last one that sums up. */
export function printed(findings: readonly Finding[]): string {
  const lines = findings.map(({ level, text }) => `${MARKS[level]} ${text}`);
  return [...lines, summary(findings)].join('\n');
}

/** The same for programs. */
export function printedAsJson(findings: readonly Finding[]): string {
  return JSON.stringify({ healthy: isHealthy(findings), findings }, null, 2);
}

/** Warnings do not make an installation unhealthy. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== 'bad');
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Level) => findings.filter(({ level }) => level === wanted).length;
  const [bad, warnings] = [count('bad'), count('warn')];
  if (bad > 0) return `${bad} of ${findings.length} checks failed.`;
  if (warnings > 0) return `Nothing is broken; ${counted(warnings, 'warning')}.`;
  return 'All is well.';
}

/** `1 click`, `12,000 clicks`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : nouns}`;
}

/** `40 ms`, `3 seconds`, `2 hours`: one unit is enough to judge by. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  for (const [unit, unitMs, below] of UNITS) {
    if (ms < unitMs * below) return counted(Math.floor(ms / unitMs), unit);
  }
  return counted(Math.floor(ms / DAY_MS), 'day');
}

export const DAY_MS = 86_400_000;
const UNITS = [
  ['second', 1_000, 120],
  ['minute', 60_000, 120],
  ['hour', 3_600_000, 48],
] as const;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
