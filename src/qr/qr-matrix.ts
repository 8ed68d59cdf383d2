import { create } from 'qrcode';
import { bestMasked } from './qr-mask.ts';

/** How much of a code may be lost: some 7, 15, 25 or 30 percent. */
export const CORRECTIONS = ['L', 'M', 'Q', 'H'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** The dark and light modules of a code, without its margin. */
export interface QrMatrix {
  /** Modules a side; odd. */
  readonly modules: number;
  isDark(row: number, column: number): boolean;
}

/** @returns undefined when no code with this correction holds so long a text */
export function matrixOf(text: string, correction: Correction): QrMatrix | undefined {
  try {
    const { modules } = create(text, { errorCorrectionLevel: correction, maskPattern: 0 });
    const { size } = modules;
    const data = bestMasked(modules, correction);
    return { modules: size, isDark: (row, column) => data[row * size + column] === 1 };
  } catch (error) {
    if (error instanceof Error && /amount of data|too big/i.test(error.message)) return undefined;
    throw error;
  }
}
