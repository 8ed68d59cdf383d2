import type { Figures } from '../../clicks/statistics/question.ts';
import { csvField } from '../../csv-field.ts';

/** The figures of a row, in the order of its columns. */
const FIGURES = [
  'clicks',
  'visitors',
  'hourlyVisitors',
  'dailyVisitors',
  'newVisitors',
  'qrScans',
  'repeats',
  'automated',
  'crawlers',
] as const satisfies readonly (keyof Figures)[];

export interface FiguresRow {
  /** What stands before the figures. */
  readonly labels: readonly string[];
  readonly figures: Figures;
}

/** RFC 4180, with a row of names. */
export function figuresCsv(
  labels: readonly string[],
  rows: readonly FiguresRow[],
  withVisitors: boolean,
): string {
  const names = FIGURES.filter((name) => withVisitors || name !== 'visitors');
  const lines = [
    [...labels, ...names],
    ...rows.map(({ labels, figures }) => [...labels, ...names.map((name) => figures[name])]),
  ];
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}
