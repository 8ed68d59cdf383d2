import type { ImportProgress } from '../transfer/import-file.ts';

const BAR_WIDTH = 30;
/** Elsewhere than on a terminal, a line for each so many percent. */
const STEP_PERCENT = 10;

/** A bar that is written over, on a terminal; elsewhere a line now and then. To stderr. */
export function importProgress(): { begin(position: number): void; show(progress: ImportProgress): void } {
  const startedAt = performance.now();
  let before = 0;
  let lastStep = 0;
  return {
    begin(position) {
      before = position;
    },
    show(progress) {
      const seconds = (performance.now() - startedAt) / 1000;
      const line = progressLine(progress, seconds === 0 ? 0 : (progress.rows - before) / seconds);
      if (process.stderr.isTTY) {
        process.stderr.write(`\r${line}`);
        return;
      }
      const step = Math.floor(percentOf(progress) / STEP_PERCENT);
      if (step <= lastStep) return;
      lastStep = step;
      console.error(line.replace(/^\[[^\]]*\] +/, ''));
    },
  };
}

/** @param rate rows a second */
export function progressLine(progress: ImportProgress, rate: number): string {
  const percent = percentOf(progress);
  const filled = Math.round((percent / 100) * BAR_WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_WIDTH - filled);
  return `[${bar}] ${String(percent).padStart(3)} %  ${progress.rows} rows  ${Math.round(rate)} rows/s`;
}

function percentOf({ bytes, ofBytes }: ImportProgress): number {
  return ofBytes === 0 ? 100 : Math.min(100, Math.floor((bytes / ofBytes) * 100));
}
