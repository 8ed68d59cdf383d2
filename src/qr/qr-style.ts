import type { FieldProblem } from '../errors.ts';
import { brightness, type Color } from './color.ts';
import type { Correction } from './qr-matrix.ts';

/** How a code is to look. */
export interface QrStyle {
  readonly format: 'png' | 'svg';
  /** Pixels a side, the margin included. */
  readonly size: number;
  /** Modules that stay empty around the code, at least. */
  readonly margin: number;
  readonly color: Color;
  readonly background: Color | 'transparent';
  /** How much of the code may be lost at least; null leaves it to us. */
  readonly correction: Correction | null;
  /** Whether the logo of the project or group is drawn, where there is one. */
  readonly logo: boolean;
}

export const SIZES = { smallest: 50, usual: 300, largest: 1_000 } as const;
/** ISO 18004 asks for 4. Decoders make do with 1; with none they find no code on a dark surface. */
export const MARGINS = { smallest: 1, usual: 4, largest: 16 } as const;

export const USUAL_STYLE: QrStyle = {
  format: 'png',
  size: SIZES.usual,
  margin: MARGINS.usual,
  color: '#000000',
  background: '#ffffff',
  correction: null,
  logo: true,
};

/**
 * Between the brightness of a code and of what it stands on, in percent. Measured with random colours: from 47 on both
 * decoders read every picture whose modules have two pixels, with one pixel it takes 60. Below that they fail more and
 * more often, most where the background is far from white.
 */
const LEAST_DIFFERENCE = { usual: 50, ofOnePixel: 65 } as const;
/** What a code without a background is taken to stand on. */
const LIGHT_SURFACE: Color = '#ffffff';

/** What would keep a code from being scanned, whatever is in it and however large it is. */
export function styleProblems(style: QrStyle): FieldProblem[] {
  const { color, background } = style;
  const refuse = (message: string): FieldProblem[] => [{ field: 'color', message }];
  const difference = differenceOf(style);
  if (difference >= LEAST_DIFFERENCE.usual) return [];
  if (difference < 0) {
    return refuse('must be darker than the background: many scanners cannot read a light code on a dark one');
  }
  const than =
    background === 'transparent' ? 'white, which a transparent background is taken for' : background;
  return refuse(
    `is too close to the background: ${color} is ${Math.floor(difference)} % darker than ${than}, and scanners need ${LEAST_DIFFERENCE.usual} %`,
  );
}

/** Whether the colours are far enough apart for modules of a single pixel. */
export function bearsSinglePixels(style: QrStyle): boolean {
  return differenceOf(style) >= LEAST_DIFFERENCE.ofOnePixel;
}

function differenceOf({ color, background }: QrStyle): number {
  return brightness(background === 'transparent' ? LIGHT_SURFACE : background) - brightness(color);
}
