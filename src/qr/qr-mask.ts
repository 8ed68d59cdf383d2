import type { Correction } from './qr-matrix.ts';

/** A code as the encoder leaves it: a byte for each module, row by row, 1 for dark. */
export interface MaskedModules {
  readonly size: number;
  readonly data: Uint8Array;
  /** 1 for what no mask touches: corners, the lines between them, format and version. */
  readonly reservedBit: Uint8Array;
}

/** ISO 18004, 7.8.2: which modules each mask turns over. */
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => ((row >> 1) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => (row * column) % 6 === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row * column) % 3) + ((row + column) % 2)) % 2 === 0,
];
/** They come again after so many rows and columns. */
const PERIOD = 12;
const ALL = 0b11111111;

const TURNED_OVER = Uint8Array.from({ length: PERIOD * PERIOD }, (_, at) =>
  bits((mask) => MASKS[mask]?.(Math.floor(at / PERIOD), at % PERIOD) === true),
);

/**
 * The modules under the mask that scanners like best (ISO 18004, 7.8.3): the one that the encoder finds too, which tries
 * them one after the other. There are eight, and a byte has eight bits: bit n of each byte here is the module under mask
 * n, so all of them are tried at once, in a quarter of the time.
 *
 * @param zero under mask 0
 */
export function bestMasked(zero: MaskedModules, correction: Correction): Uint8Array {
  const { size } = zero;
  const modules = underAllMasks(zero);
  writeFormats(modules, size, correction);
  const points = penalties(modules, size);
  const best = points.indexOf(Math.min(...points));
  return modules.map((module) => (module >> best) & 1);
}

function bits(isSet: (mask: number) => boolean): number {
  return MASKS.reduce((byte, _, mask) => byte | (isSet(mask) ? 1 << mask : 0), 0);
}

function underAllMasks({ size, data, reservedBit }: MaskedModules): Uint8Array {
  const modules = new Uint8Array(data.length);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      const module = data[at] === 1 ? ALL : 0;
      const turned = TURNED_OVER[(row % PERIOD) * PERIOD + (column % PERIOD)] as number;
      const isTurnedNow = (turned & 1) === 1;
      modules[at] = reservedBit[at] === 1 ? module : module ^ (isTurnedNow ? ~turned : turned);
    }
  }
  return modules;
}

const CORRECTION_BITS: Readonly<Record<Correction, number>> = { L: 1, M: 0, Q: 3, H: 2 };

/** Around the upper left corner, and again beside the other two. The lines between the corners are left out. */
function writeFormats(modules: Uint8Array, size: number, correction: Correction): void {
  const formats = MASKS.map((_, mask) => format(correction, mask));
  for (let bit = 0; bit < 15; bit++) {
    const value = bits((mask) => (((formats[mask] as number) >> bit) & 1) === 1);
    const row = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit;
    const column = bit < 8 ? size - 1 - bit : bit < 9 ? 7 : 14 - bit;
    modules[row * size + 8] = value;
    modules[8 * size + column] = value;
  }
}

/** ISO 18004, 7.9.1: five bits, ten that correct them, and a pattern that keeps them from being all light. */
function format(correction: Correction, mask: number): number {
  const bits = (CORRECTION_BITS[correction] << 3) | mask;
  let rest = bits;
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >> 9) * 0b10100110111);
  return ((bits << 10) | rest) ^ 0b101010000010010;
}

/** How often each byte has been seen: what is counted for one mask is counted for all. */
type Tally = Uint32Array;

/** What scanners dislike of each mask: long runs, blocks, what looks like a corner, and too much of one kind. */
function penalties(modules: Uint8Array, size: number): number[] {
  const [runs, fives, corners, blocks, dark] = [tally(), tally(), tally(), tally(), tally()];
  for (let line = 0; line < size; line++) {
    for (const [from, step] of [
      [line * size, 1],
      [line, size],
    ] as const) {
      countRuns(modules, size, from, step, runs, fives);
      countCorners(modules, size, from, step, corners);
    }
  }
  countBlocks(modules, size, blocks);
  for (const module of modules) count(dark, module);
  const unevenness = (ofDark: number) => Math.abs(Math.ceil((ofDark * 20) / modules.length) - 10);
  const darkOf = perMask(dark);
  const [runsOf, fivesOf, cornersOf, blocksOf] = [
    perMask(runs),
    perMask(fives),
    perMask(corners),
    perMask(blocks),
  ];
  return darkOf.map((ofDark, mask) => {
    const at = (counts: readonly number[]) => counts[mask] as number;
    // A run of five is three points, and each further module one.
    return at(runsOf) + 2 * at(fivesOf) + 40 * at(cornersOf) + 3 * at(blocksOf) + 10 * unevenness(ofDark);
  });
}

function tally(): Tally {
  return new Uint32Array(ALL + 1);
}

function count(seen: Tally, byte: number): void {
  seen[byte] = (seen[byte] as number) + 1;
}

function perMask(seen: Tally): number[] {
  const counts = MASKS.map(() => 0);
  for (let byte = 1; byte <= ALL; byte++) {
    const times = seen[byte] as number;
    if (times === 0) continue;
    for (let mask = 0; mask < counts.length; mask++) {
      if ((byte >> mask) & 1) counts[mask] = (counts[mask] as number) + times;
    }
  }
  return counts;
}

/** Modules that end a run of five or more, and of those the fifth ones. */
function countRuns(
  modules: Uint8Array,
  size: number,
  from: number,
  step: number,
  runs: Tally,
  fives: Tally,
): void {
  // Whether each of the last modules was like the one before it.
  let [one, two, three, four] = [0, 0, 0, 0];
  for (let index = 1, at = from + step; index < size; index++, at += step) {
    const alike = ~((modules[at] as number) ^ (modules[at - step] as number)) & ALL;
    const long = alike & one & two & three;
    count(runs, long);
    count(fives, long & ~four);
    four = three;
    three = two;
    two = one;
    one = alike;
  }
}

/** Modules that end what a corner has, 1:1:3:1:1, with four light ones after it or before it. */
function countCorners(modules: Uint8Array, size: number, from: number, step: number, corners: Tally): void {
  // The last eleven modules, oldest first; what stands before the line is neither dark nor looked at.
  let [a, b, c, d, e, f, g, h, i, j] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let index = 0, at = from; index < size; index++, at += step) {
    const k = modules[at] as number;
    const lightAfter = a & ~b & c & d & e & ~f & g & ~(h | i | j | k);
    const lightBefore = ~(a | b | c | d) & e & ~f & g & h & i & ~j & k;
    if (index >= 10) count(corners, lightAfter | lightBefore);
    a = b;
    b = c;
    c = d;
    d = e;
    e = f;
    f = g;
    g = h;
    h = i;
    i = j;
    j = k;
  }
}

/** Two by two of one kind. */
function countBlocks(modules: Uint8Array, size: number, blocks: Tally): void {
  for (let row = 1; row < size; row++) {
    for (let at = row * size + 1; at < (row + 1) * size; at++) {
      const module = modules[at] as number;
      const left = modules[at - 1] as number;
      const above = modules[at - size] as number;
      const corner = modules[at - size - 1] as number;
      count(blocks, ~((module ^ left) | (module ^ above) | (module ^ corner)) & ALL);
    }
  }
}
