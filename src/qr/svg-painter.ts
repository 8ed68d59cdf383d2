import type { QrDrawing } from './qr-drawing.ts';

/** A logo as every painter gets it: a PNG. */
export interface LogoPicture {
  readonly png: Buffer;
  /** Tells it from every other. */
  readonly digest: string;
}

/** Nothing a client has sent stands in it but checked colours and the PNG we have made ourselves. */
export function paintSvg(drawing: QrDrawing, picture: LogoPicture | null): string {
  const { size, color, background, logo } = drawing;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}">`,
    background === 'transparent' ? '' : `<rect width="${size}" height="${size}" fill="${background}"/>`,
    `<path fill="${color}" shape-rendering="crispEdges" d="${modulesPath(drawing)}"/>`,
  ];
  if (logo && picture) {
    parts.push(
      `<image x="${logo.offset}" y="${logo.offset}" width="${logo.size}" height="${logo.size}"`,
      ` href="data:image/png;base64,${picture.png.toString('base64')}"/>`,
    );
  }
  return `${parts.join('')}</svg>`;
}

/** One bar for each run of dark modules in a row. */
function modulesPath(drawing: QrDrawing): string {
  const { unit, offset } = drawing;
  const bars: string[] = [];
  for (let row = 0; row < drawing.matrix.modules; row++) {
    for (const { from, length } of runsOf(drawing, row)) {
      const width = length * unit;
      bars.push(`M${offset + from * unit} ${offset + row * unit}h${width}v${unit}h-${width}z`);
    }
  }
  return bars.join('');
}

/** The dark modules of a row that are drawn, in modules. */
export function* runsOf(
  { matrix, logo }: QrDrawing,
  row: number,
): Generator<{ readonly from: number; readonly length: number }> {
  const isLogos = (at: number) => logo !== null && at >= logo.first && at < logo.first + logo.modules;
  const isDark = (column: number) =>
    column < matrix.modules && matrix.isDark(row, column) && !(isLogos(row) && isLogos(column));
  let from = -1;
  for (let column = 0; column <= matrix.modules; column++) {
    if (isDark(column)) {
      if (from < 0) from = column;
    } else if (from >= 0) {
      yield { from, length: column - from };
      from = -1;
    }
  }
}
