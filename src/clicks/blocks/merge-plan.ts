/**
 * Every batch of ingest makes a run of facts of its own, ordered by link. Many small runs would make every question
 * slow, so they are merged: runs of about one size, as soon as there are sixteen of them, into one of the next size.
 * A fact is so written again some four times in its life. A run of a few hundred thousand facts is left alone for
 * good: a question about one link opens one block of it.
 */
const RUNS_OF_A_SIZE = 16;
/** Bounds the memory and the time of one merge: some 50 MB and half a second. */
const LARGEST_RUN = 524_288;
const FINAL_RUN = LARGEST_RUN / 2;

export interface Run {
  readonly run: number;
  readonly rows: number;
}

/** Which runs to merge now; none, or at least two. @param runs oldest first */
export function runsToMerge(runs: readonly Run[]): Run[] {
  const bySize = new Map<number, Run[]>();
  for (const run of runs) {
    if (run.rows >= FINAL_RUN) continue;
    const size = Math.floor(Math.log2(Math.max(1, run.rows)) / 4);
    bySize.set(size, [...(bySize.get(size) ?? []), run]);
  }
  for (const same of bySize.values()) {
    const chosen = asManyAsFit(same);
    const full = chosen.length < same.length || chosen.length >= RUNS_OF_A_SIZE;
    if (full && chosen.length >= 2) return chosen;
  }
  return [];
}

function asManyAsFit(runs: readonly Run[]): Run[] {
  const chosen: Run[] = [];
  let rows = 0;
  for (const run of runs.slice(0, RUNS_OF_A_SIZE)) {
    if (rows + run.rows > LARGEST_RUN) break;
    chosen.push(run);
    rows += run.rows;
  }
  return chosen;
}
