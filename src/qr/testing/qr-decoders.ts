import { renderAsync } from '@resvg/resvg-js';
import {
  BinaryBitmap,
  DecodeHintType,
  GlobalHistogramBinarizer,
  HybridBinarizer,
  QRCodeReader,
  RGBLuminanceSource,
} from '@zxing/library';
import jsQR from 'jsqr';

/** A picture as pixels: four bytes each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

export interface Surroundings {
  /** Pixels a side; undefined: as large as the picture says it is. */
  readonly size?: number;
  /** What a picture lies on, and how far that reaches beyond it. */
  readonly surface?: string;
  readonly border?: number;
}

/** What a screen shows of a PNG or an SVG. */
export async function pixelsOf(picture: Buffer, around: Surroundings = {}): Promise<Pixels> {
  const { surface = '#ffffff', border = 0 } = around;
  const isPng = picture[0] === 0x89;
  const own = isPng ? picture.readUInt32BE(16) : Number(/ width="(\d+)"/.exec(picture.toString())?.[1]);
  const size = around.size ?? own;
  const whole = size + 2 * border;
  // An SVG within an SVG is drawn as lines, a PNG as pixels; either by nothing that made it.
  const inside = isPng
    ? `<image width="${size}" height="${size}" href="data:image/png;base64,${picture.toString('base64')}"/>`
    : picture.toString().replace(/ width="\d+" height="\d+"/, ` width="${size}" height="${size}"`);
  const shown = `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${whole}"><rect width="100%" height="100%" fill="${surface}"/><g transform="translate(${border} ${border})">${inside}</g></svg>`;
  const { width, height, pixels } = await renderAsync(shown, { font: { loadSystemFonts: false } });
  return { width, height, data: pixels };
}

/** Each text is undefined where the decoder finds no code. */
export interface Decoded {
  readonly jsqr: string | undefined;
  readonly zxing: string | undefined;
}

export function decode({ data, width, height }: Pixels): Decoded {
  const jsqr = jsQR.default(new Uint8ClampedArray(data), width, height, {
    inversionAttempts: 'dontInvert',
  })?.data;
  return { jsqr, zxing: zxing(data, width, height) };
}

/**
 * ZXing takes any three marks of the right proportions for the corners of a code. In a picture as clean as ours one in
 * twenty codes has such marks among its modules, and ZXing then looks no further, whatever made the picture; a camera's
 * next frame helps. So it may also be told that the picture is nothing but a code.
 */
function zxing(data: Buffer, width: number, height: number): string | undefined {
  const luminances = new Uint8ClampedArray(width * height);
  for (let at = 0; at < luminances.length; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4, at * 4 + 3);
    luminances[at] = (red * 306 + green * 601 + blue * 117) >> 10;
  }
  const source = new RGBLuminanceSource(luminances, width, height);
  for (const hint of [DecodeHintType.TRY_HARDER, DecodeHintType.PURE_BARCODE]) {
    for (const Binarizer of [HybridBinarizer, GlobalHistogramBinarizer]) {
      try {
        const hints = new Map<DecodeHintType, unknown>([[hint, true]]);
        return new QRCodeReader().decode(new BinaryBitmap(new Binarizer(source)), hints).getText();
      } catch {
        // The next way.
      }
    }
  }
  return undefined;
}
