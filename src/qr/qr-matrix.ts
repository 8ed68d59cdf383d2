import { create } from 'qrcode';
import { memo } from '../clicks/ingest/bounded-memo.ts';

/** How much of a code may be lost: some 7, 15, 25 or 30 percent. */
export const CORRECTIONS = ['L', 'M', 'Q', 'H'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** The dark and light modules of a code, without its margin. */
export interface QrMatrix {
  /** Modules a side; odd. */
  readonly modules: number;
  isDark(row: number, column: number): boolean;
}

/** Finding the best mask takes 1 ms for a usual URL and 30 ms for the longest. 200 of the largest take 6 MB. */
const REMEMBERED = 200;

const made = memo<QrMatrix | 'tooLong'>(REMEMBERED, (key) => {
  try {
    const { size, data } = create(key.slice(1), { errorCorrectionLevel: key[0] as Correction }).modules;
    return { modules: size, isDark: (row, column) => data[row * size + column] === 1 };
  } catch (error) {
    if (error instanceof Error && /amount of data|too big/i.test(error.message)) return 'tooLong';
    throw error;
  }
});

/** @returns undefined when no code with this correction holds so long a text */
export function matrixOf(text: string, correction: Correction): QrMatrix | undefined {
  const matrix = made(correction + text);
  return matrix === 'tooLong' ? undefined : matrix;
}
