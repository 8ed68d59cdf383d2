/** Six hex digits after `#`, lower case. */
export type Color = `#${string}`;

/** @returns undefined when it is no colour in hex: `#1a2b3c`, `#123`, with or without the `#` */
export function readColor(text: string): Color | undefined {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1]?.toLowerCase();
  if (digits === undefined) return undefined;
  return `#${digits.length === 6 ? digits : [...digits].map((digit) => digit + digit).join('')}`;
}

export type Rgb = readonly [red: number, green: number, blue: number];

export function rgbOf(color: Color): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The grey that scanners see, in percent of white: luma with the weights of ITU-R BT.709. */
export function brightness(color: Color): number {
  const [red, green, blue] = rgbOf(color);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 2.55;
}
