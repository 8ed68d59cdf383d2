import type { ReportedRow } from '../transfer/import-file.ts';
import { printable } from './printable.ts';

const MOST_SHOWN = 5;
/** Some reasons quote what stands in their row: there may be as many as rows. */
const MOST_KEPT = 1_000;
const MOST_CHARACTERS = 300;

/** Why rows of an import were refused and what was noted beside others, and how often. */
export class ReasonTally {
  readonly #refusals = new Counts();
  readonly #notes = new Counts();

  add({ outcome, reasons }: Pick<ReportedRow, 'outcome' | 'reasons'>): void {
    const counts = outcome === 'refused' ? this.#refusals : this.#notes;
    for (const reason of reasons) counts.add(reason);
  }

  /** The commonest ones; none when there is nothing to say. */
  lines(): string[] {
    return [...this.#refusals.lines('Refused'), ...this.#notes.lines('Noted')];
  }
}

class Counts {
  readonly #of = new Map<string, number>();
  #all = 0;

  add(reason: string): void {
    this.#all++;
    const before = this.#of.get(reason);
    if (before !== undefined || this.#of.size < MOST_KEPT) this.#of.set(reason, (before ?? 0) + 1);
  }

  lines(heading: string): string[] {
    if (this.#all === 0) return [];
    const most = [...this.#of].sort(([, a], [, b]) => b - a).slice(0, MOST_SHOWN);
    const others = this.#all - most.reduce((sum, [, count]) => sum + count, 0);
    const shown = most.map(
      ([reason, count]) => [count, printable(reason.slice(0, MOST_CHARACTERS))] as const,
    );
    const rest = others === 0 ? [] : [[others, 'for other reasons'] as const];
    const width = String(this.#all).length;
    return [
      `${heading}:`,
      ...[...shown, ...rest].map(([count, reason]) => `  ${String(count).padStart(width)} × ${reason}`),
    ];
  }
}
