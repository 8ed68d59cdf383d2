/** What scanners look for: dark, light, dark, light, dark in these widths, along any line through the middle. */
const PROPORTIONS = [1, 1, 3, 1, 1] as const;
const MODULES = 7;
/** How far each may be off, in modules. Decoders allow a little more in the middle; five even stripes are no mark. */
const TOLERANCES = [0.5, 0.5, 1, 0.5, 0.5] as const;
/** Scanners choose for themselves what is dark; of 255. */
const THRESHOLDS = [80, 128, 176] as const;

/**
 * Whether a picture has something in it that scanners take for a corner of a code, as targets, eyes and codes have:
 * in the middle of a code it may keep them from finding the corners.
 *
 * @param pixels red, green, blue and opacity of each, colours multiplied by opacity
 */
export function hasCornerMark(pixels: Buffer, width: number, height: number): boolean {
  const greys = greysOf(pixels);
  return THRESHOLDS.some((threshold) => {
    const isDark = (x: number, y: number) => (greys[y * width + x] as number) < threshold;
    for (let y = 0; y < height; y++) {
      for (const { middle, length } of marksAlong(width, (x) => isDark(x, y))) {
        const down = marksAlong(height, (at) => isDark(middle, at));
        if (down.some((one) => Math.abs(one.middle - y) < length / 4 && isAlike(one.length, length)))
          return true;
      }
    }
    return false;
  });
}

function isAlike(one: number, other: number): boolean {
  return Math.abs(one - other) <= Math.max(one, other) / 3;
}

interface Mark {
  readonly middle: number;
  readonly length: number;
}

function marksAlong(length: number, isDark: (at: number) => boolean): Mark[] {
  const marks: Mark[] = [];
  /** Lengths of the last five runs of one brightness. */
  let runs: number[] = [];
  let run = 0;
  for (let at = 0; at <= length; at++) {
    if (at > 0 && (at === length || isDark(at) !== isDark(at - 1))) {
      runs = [...runs.slice(-4), run];
      if (isDark(at - 1) && hasProportions(runs)) {
        const whole = runs.reduce((sum, one) => sum + one, 0);
        marks.push({ middle: Math.floor(at - whole / 2), length: whole });
      }
      run = 0;
    }
    run++;
  }
  return marks;
}

function hasProportions(runs: readonly number[]): boolean {
  if (runs.length < PROPORTIONS.length) return false;
  const unit = runs.reduce((sum, one) => sum + one, 0) / MODULES;
  return PROPORTIONS.every(
    (share, at) => Math.abs((runs[at] as number) / unit - share) <= (TOLERANCES[at] as number),
  );
}

/** On white. */
function greysOf(pixels: Buffer): Uint8Array {
  const greys = new Uint8Array(pixels.byteLength / 4);
  for (let at = 0; at < greys.length; at++) {
    const red = pixels[at * 4] as number;
    const green = pixels[at * 4 + 1] as number;
    const blue = pixels[at * 4 + 2] as number;
    const opacity = pixels[at * 4 + 3] as number;
    greys[at] = Math.min(255, (red * 306 + green * 601 + blue * 117) / 1024 + 255 - opacity);
  }
  return greys;
}
