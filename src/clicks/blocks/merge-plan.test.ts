import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Run, runsToMerge } from './merge-plan.ts';

/** Adds batch after batch, merging whenever there is something to merge, as ingest does. */
function live(batches: readonly number[]) {
  let runs: Run[] = [];
  let last = 0;
  let rewritten = 0;
  let mostRuns = 0;
  let largestMerge = 0;
  for (const rows of batches) {
    runs.push({ run: ++last, rows });
    for (let chosen = runsToMerge(runs); chosen.length > 0; chosen = runsToMerge(runs)) {
      expect(chosen.length).toBeGreaterThan(1);
      const sum = chosen.reduce((total, run) => total + run.rows, 0);
      rewritten += sum;
      largestMerge = Math.max(largestMerge, sum);
      runs = [...runs.filter((run) => !chosen.includes(run)), { run: ++last, rows: sum }];
    }
    mostRuns = Math.max(mostRuns, runs.length);
  }
  return { runs, rewritten, mostRuns, largestMerge };
}

test('nothing is lost, merges stay bounded and runs few, whatever the batches', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12_000 })), {
        maxLength: 400,
      }),
      (batches) => {
        const total = batches.reduce((sum, rows) => sum + rows, 0);
        const { runs, rewritten, mostRuns, largestMerge } = live(batches);
        expect(runs.reduce((sum, { rows }) => sum + rows, 0)).toBe(total);
        expect(largestMerge).toBeLessThanOrEqual(524_288);
        expect(mostRuns).toBeLessThanOrEqual(5 * 16 + total / 262_144);
        expect(rewritten).toBeLessThanOrEqual(6 * total);
      },
    ),
  );
});

test('single clicks over a long time are written some four times and end in large runs', () => {
  const { runs, rewritten } = live(new Array(300_000).fill(1));
  expect(runs.length).toBeLessThan(80);
  expect(rewritten / 300_000).toBeLessThan(6);
});

test('a run that is large enough is left alone for good', () => {
  const large = Array.from({ length: 40 }, (_, run) => ({ run, rows: 300_000 }));
  expect(runsToMerge(large)).toEqual([]);
});
