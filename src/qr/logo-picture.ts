import { createHash } from 'node:crypto';
import { renderAsync } from '@resvg/resvg-js';
import { Failure } from '../errors.ts';
import { hasCornerMark } from './corner-marks.ts';
import { type PictureHeader, readPictureHeader } from './picture-header.ts';
import type { LogoPicture } from './svg-painter.ts';

export const MOST_LOGO_BYTES = 256 * 1024;
export const MOST_LOGO_PIXELS = 2_000;
export const LEAST_LOGO_PIXELS = 16;
/** Of the longer side, as it is kept: a quarter of the largest code, and room for screens with two pixels to one. */
const KEPT_PIXELS = 400;
/** Enough to see what a scanner sees of a logo. */
const SEEN_PIXELS = 128;

/** A logo as it is kept. */
export interface PreparedLogo extends LogoPicture {
  readonly width: number;
  readonly height: number;
}

/**
 * Makes a PNG of our own of what somebody has sent, at most 400 pixels a side. Nothing else of it is kept: no place
 * where a photo was taken, nothing behind the end of the picture.
 *
 * @throws Failure `invalid`
 */
export async function prepareLogo(bytes: Buffer): Promise<PreparedLogo> {
  const header = readPictureHeader(bytes);
  if (!header) throw refused(unknownKind(bytes));
  requireSize(header);
  const kept = scaled(header, KEPT_PIXELS);
  const image = await render(bytes, header, kept);
  // What cannot be decoded is left out by the renderer without a word.
  if (isEmpty(image.pixels)) throw refused('cannot be decoded, or shows nothing; save it again as a PNG');
  const seen = scaled(header, SEEN_PIXELS);
  const { pixels } = await render(bytes, header, seen);
  if (hasCornerMark(pixels, seen.width, seen.height)) {
    throw refused(
      'has rings or frames in it that scanners take for a corner of the code; use another picture',
    );
  }
  const png = image.asPng();
  return { png, digest: createHash('sha256').update(png).digest('hex').slice(0, 32), ...kept };
}

/** Before anything is decoded: a few bytes can say that they are a picture of a gigabyte. */
function requireSize({ width, height }: PictureHeader): void {
  if (Math.max(width, height) > MOST_LOGO_PIXELS || Math.min(width, height) < LEAST_LOGO_PIXELS) {
    throw refused(
      `must have ${LEAST_LOGO_PIXELS} to ${MOST_LOGO_PIXELS} pixels a side; it has ${width} × ${height}`,
    );
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function scaled({ width, height }: Size, longest: number): Size {
  const scale = Math.min(1, longest / Math.max(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}

/** In the thread pool. */
async function render(bytes: Buffer, { mediaType }: PictureHeader, { width, height }: Size) {
  const data = `data:${mediaType};base64,${bytes.toString('base64')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" preserveAspectRatio="none" href="${data}"/></svg>`;
  return await renderAsync(svg, { font: { loadSystemFonts: false } });
}

function isEmpty(pixels: Buffer): boolean {
  for (let at = 3; at < pixels.byteLength; at += 4) if (pixels[at] !== 0) return false;
  return true;
}

function unknownKind(bytes: Buffer): string {
  const isMarkup = /^\s*(<\?xml|<svg|<!doctype|<!--)/i.test(
    bytes.toString('utf8', 0, 200).replace('\ufeff', ''),
  );
  return isMarkup
    ? 'must be a PNG or a JPEG; an SVG can load and run things, so export it as a PNG'
    : 'must be a PNG or a JPEG; these bytes are neither';
}

function refused(message: string): Failure {
  return Failure.invalidField('body', message);
}
