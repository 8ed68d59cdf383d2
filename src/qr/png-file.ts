import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const UP = 2;

/** How the bytes of a line are to be read. */
export type PngColours =
  /** One bit a pixel: which of two colours, each red, green, blue and opacity. */
  | { readonly kind: 'two'; readonly colours: readonly [readonly number[], readonly number[]] }
  /** Four bytes a pixel: red, green, blue, opacity. */
  | { readonly kind: 'all' };

/**
 * A PNG (W3C PNG, third edition) of a square picture. A line that is the very Buffer of the line before costs nothing,
 * and codes are made of such. The same picture gives the same bytes.
 */
export function pngFile(size: number, colours: PngColours, lineAt: (y: number) => Buffer): Buffer {
  const lineBytes = colours.kind === 'two' ? Math.ceil(size / 8) : size * 4;
  const data = Buffer.alloc(size * (1 + lineBytes));
  let previous: Buffer | undefined;
  for (let y = 0; y < size; y++) {
    const line = lineAt(y);
    const at = y * (1 + lineBytes);
    if (line === previous) data[at] = UP;
    else line.copy(data, at + 1, 0, lineBytes);
    previous = line;
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(size, colours)),
    ...(colours.kind === 'two' ? palette(colours.colours) : []),
    chunk('IDAT', deflateSync(data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function header(size: number, { kind }: PngColours): Buffer {
  const fields = Buffer.alloc(13);
  fields.writeUInt32BE(size, 0);
  fields.writeUInt32BE(size, 4);
  fields[8] = kind === 'two' ? 1 : 8;
  fields[9] = kind === 'two' ? 3 : 6;
  return fields;
}

function palette(colours: readonly (readonly number[])[]): Buffer[] {
  const opacities = colours.map(([, , , opacity = 255]) => opacity);
  const plte = chunk('PLTE', Buffer.from(colours.flatMap((colour) => colour.slice(0, 3))));
  return opacities.every((opacity) => opacity === 255)
    ? [plte]
    : [plte, chunk('tRNS', Buffer.from(opacities))];
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(12 + data.byteLength);
  whole.writeUInt32BE(data.byteLength, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), 8 + data.byteLength);
  return whole;
}
