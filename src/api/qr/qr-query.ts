import type { FieldProblem } from '../../errors.ts';
import { readColor } from '../../qr/color.ts';
import { CORRECTIONS, type Correction } from '../../qr/qr-matrix.ts';
import { MARGINS, type QrStyle, SIZES, styleProblems, USUAL_STYLE } from '../../qr/qr-style.ts';

/** @returns the value for the style, or what is wrong with the text */
type Reader<T> = (text: string) => T | { readonly problem: string };

const COLOUR = 'a colour of three or six hex digits, such as 1a7f4b (a "#" is written %23 in a URL)';

const READERS: {
  readonly [name: string]: { readonly style: keyof QrStyle; readonly read: Reader<unknown> };
} = {
  format: {
    style: 'format',
    read: (text) => (text === 'png' || text === 'svg' ? text : { problem: 'must be png or svg' }),
  },
  size: { style: 'size', read: readSize },
  margin: { style: 'margin', read: readMargin },
  color: { style: 'color', read: (text) => readColor(text) ?? { problem: `must be ${COLOUR}` } },
  background: {
    style: 'background',
    read: (text) =>
      text === 'transparent' ? text : (readColor(text) ?? { problem: `must be transparent, or ${COLOUR}` }),
  },
  ecc: { style: 'correction', read: readCorrection },
  logo: { style: 'logo', read: (text) => (text === 'none' ? false : { problem: 'must be none, or absent' }) },
};

/**
 * Reads how a code is to look from the query of its URL. Other parameters mean nothing here: such URLs stand in pages,
 * where people add what gets them past a cache.
 */
export function readQrStyle(
  query: string,
): { readonly style: QrStyle } | { readonly problems: FieldProblem[] } {
  const given = new URLSearchParams(query);
  const style: Record<string, unknown> = { ...USUAL_STYLE };
  const problems: FieldProblem[] = [];
  for (const [name, { style: part, read }] of Object.entries(READERS)) {
    const [text, ...more] = given.getAll(name);
    if (text === undefined) continue;
    const value = more.length > 0 ? { problem: 'must be given once' } : read(text);
    if (isProblem(value)) problems.push({ field: name, message: value.problem });
    else style[part] = value;
  }
  const whole = style as unknown as QrStyle;
  if (problems.length === 0) problems.push(...styleProblems(whole));
  return problems.length > 0 ? { problems } : { style: whole };
}

function isProblem(value: unknown): value is { readonly problem: string } {
  return typeof value === 'object' && value !== null;
}

/** What is no number at all is refused; what is too small or too large is the nearest that can be had. */
function readSize(text: string): ReturnType<Reader<number>> {
  const { smallest, largest } = SIZES;
  if (!/^[+-]?\d+(\.\d+)?$/.test(text.trim())) {
    return { problem: `must be a number of pixels, ${smallest} to ${largest}` };
  }
  return Math.min(largest, Math.max(smallest, Math.round(Number(text))));
}

function readMargin(text: string): ReturnType<Reader<number>> {
  const { smallest, largest } = MARGINS;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= smallest && value <= largest) return value;
  const why = value === 0 ? ': with none, no scanner finds the code on a dark surface' : '';
  return { problem: `must be a whole number of modules, ${smallest} to ${largest}${why}` };
}

function readCorrection(text: string): ReturnType<Reader<Correction>> {
  const found = CORRECTIONS.find((correction) => correction === text.toUpperCase());
  return found ?? { problem: `must be ${CORRECTIONS.join(', ')}` };
}
