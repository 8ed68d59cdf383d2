import { markdownTable } from '../markdown-table.ts';
import { median } from '../statistics.ts';
import type { Candidate } from './candidate.ts';
import { type Asked, QUESTION_KINDS, type SpikeAnswer } from './question.ts';

const RUNS = 15;
/** A question that takes seconds is asked less often: no longer than this in all, but three times. */
const CELL_BUDGET_MS = 5_000;
const FEWEST_RUNS = 3;

export interface Cell {
  readonly asked: Asked;
  readonly answer: SpikeAnswer;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** CPU time of this process and the database's for one question, at the median: what it takes on a quiet machine. */
  readonly cpuMs: number;
  readonly runs: number;
}

/** Asks every question until its figures are worth something; what a candidate cannot answer is left out. */
export async function measure(
  candidate: Candidate,
  asked: readonly Asked[],
  serverCpuUs: () => number,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const each of asked) {
    const answer = await candidate.ask(each.question);
    if (!answer) continue;
    const took: number[] = [];
    const used: number[] = [];
    const endAt = performance.now() + CELL_BUDGET_MS;
    while (took.length < RUNS && (took.length < FEWEST_RUNS || performance.now() < endAt)) {
      const cpuBefore = cpuUs(serverCpuUs);
      const startedAt = performance.now();
      await candidate.ask(each.question);
      took.push(performance.now() - startedAt);
      used.push((cpuUs(serverCpuUs) - cpuBefore) / 1_000);
    }
    took.sort((a, b) => a - b);
    const p95Ms = took[Math.min(took.length - 1, Math.floor(took.length * 0.95))] as number;
    cells.push({ asked: each, answer, p50Ms: median(took), p95Ms, cpuMs: median(used), runs: took.length });
  }
  return cells;
}

function cpuUs(serverCpuUs: () => number): number {
  const { user, system } = process.cpuUsage();
  return user + system + serverCpuUs();
}

/** Milliseconds of CPU time, and until the answer at the median and the 95th percentile: a row for whose clicks of which time, a column for each kind. */
export function latencyTable(cells: readonly Cell[]): string {
  const rows = new Map<string, string[]>();
  for (const { asked, p50Ms, p95Ms, cpuMs, runs } of cells) {
    const { scope, rangeName, filterName, question } = asked;
    const name = `${scope.name}, ${rangeName}${filterName === 'none' ? '' : `, one ${filterName}`}`;
    const row = rows.get(name) ?? [name, ...QUESTION_KINDS.map(() => '')];
    const few = runs < RUNS ? ` (${runs})` : '';
    row[QUESTION_KINDS.indexOf(question.kind) + 1] =
      `${figure(cpuMs)}; ${figure(p50Ms)} / ${figure(p95Ms)}${few}`;
    rows.set(name, row);
  }
  return markdownTable(['ms: CPU; p50 / p95', ...QUESTION_KINDS], [...rows.values()]);
}

export interface Worst {
  readonly p95Ms: number;
  readonly cpuMs: number;
}

/** The slowest question of each scope: what a page has to be built for. */
export function worstByScope(cells: readonly Cell[]): ReadonlyMap<string, Worst> {
  const worst = new Map<string, Worst>();
  for (const { asked, p95Ms, cpuMs } of cells) {
    const { name } = asked.scope;
    const known = worst.get(name) ?? { p95Ms: 0, cpuMs: 0 };
    worst.set(name, { p95Ms: Math.max(known.p95Ms, p95Ms), cpuMs: Math.max(known.cpuMs, cpuMs) });
  }
  return worst;
}

export function figure(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US');
}
