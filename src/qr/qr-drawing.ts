import type { FieldProblem } from '../errors.ts';
import { CORRECTIONS, type Correction, matrixOf, type QrMatrix } from './qr-matrix.ts';
import { bearsSinglePixels, type QrStyle } from './qr-style.ts';

/**
 * Where everything stands, in whole pixels: whoever paints it only fills squares. A module that is one pixel wider
 * than its neighbour is what makes small codes unreadable, so what is left over goes into the margin.
 */
export interface QrDrawing {
  readonly matrix: QrMatrix;
  /** Of the picture, a side. */
  readonly size: number;
  /** Of a module, a side. */
  readonly unit: number;
  /** Of the first module, from the left and from the top. */
  readonly offset: number;
  readonly color: QrStyle['color'];
  readonly background: QrStyle['background'];
  readonly logo: LogoPlace | null;
}

/** The square in the middle that belongs to the logo instead of to modules. */
export interface LogoPlace {
  /** Its first row and column of modules. */
  readonly first: number;
  /** Modules a side. */
  readonly modules: number;
  /** Of the picture, from the left and from the top: it keeps a distance to the modules around it. */
  readonly offset: number;
  /** Of the picture, a side. */
  readonly size: number;
}

/** With one pixel for a module the decoders lose codes that have less around them. */
const LEAST_MARGIN_PX = 4;
/** Below it a logo is a smudge, and the code is easier to read without it. */
const LEAST_UNIT_WITH_LOGO = 3;
/** Of a side. A sixteenth and a twenty-fifth of the code: a fifth of what may be lost, the rest is for the camera. */
const LOGO_SHARE = { H: 1 / 4, Q: 1 / 5 } as const;

/**
 * Plans the code of a text. A logo takes no picture away that there was without it: it asks for more correction, so
 * for more modules, and where they are too small for it the code is drawn without it.
 *
 * @param hasLogo whether there is one; whether it is wanted says the style
 * @returns or what is in the way of a code that can be scanned
 */
export function planDrawing(text: string, style: QrStyle, hasLogo: boolean): QrDrawing | FieldProblem {
  if (hasLogo && style.logo) {
    const correction = style.correction === null || style.correction === 'H' ? 'H' : 'Q';
    const matrix = matrixOf(text, correction);
    const place = matrix && placed(matrix, style);
    if (place && place.unit >= LEAST_UNIT_WITH_LOGO) {
      return { ...place, logo: logoPlace(place, LOGO_SHARE[correction]) };
    }
  }
  const correction = style.correction ?? 'M';
  const matrix = matrixOf(text, correction);
  if (!matrix) return tooLong(text, correction);
  return placed(matrix, style) ?? tooSmall(matrix, style);
}

function placed(matrix: QrMatrix, style: QrStyle): QrDrawing | undefined {
  const { size, color, background } = style;
  if (size < smallestSize(matrix, style)) return undefined;
  const unit = Math.floor(size / (matrix.modules + 2 * style.margin)) || 1;
  const offset = Math.floor((size - unit * matrix.modules) / 2);
  return { matrix, size, unit, offset, color, background, logo: null };
}

function smallestSize({ modules }: QrMatrix, style: QrStyle): number {
  return bearsSinglePixels(style)
    ? modules + 2 * Math.max(style.margin, LEAST_MARGIN_PX)
    : 2 * (modules + 2 * style.margin);
}

function logoPlace({ matrix, unit, offset }: QrDrawing, share: number): LogoPlace {
  const most = Math.floor(matrix.modules * share);
  // Odd, as the code is, so that it stands in the middle.
  const modules = most % 2 === 1 ? most : most - 1;
  const first = (matrix.modules - modules) / 2;
  const distance = Math.ceil(unit / 2);
  return {
    first,
    modules,
    offset: offset + first * unit + distance,
    size: modules * unit - 2 * distance,
  };
}

function tooSmall(matrix: QrMatrix, style: QrStyle): FieldProblem {
  const { modules } = matrix;
  return {
    field: 'size',
    message: `must be at least ${smallestSize(matrix, style)} pixels in these colours: the code of this link is ${modules} modules wide, and its margin ${style.margin}`,
  };
}

function tooLong(text: string, asked: Correction): FieldProblem {
  const enough = CORRECTIONS.filter((correction) => matrixOf(text, correction));
  const instead = enough.length > 0 ? `use ${enough.join(' or ')}` : 'use a shorter code or domain';
  return { field: 'ecc', message: `${asked} has no room for a short URL of this length; ${instead}` };
}
