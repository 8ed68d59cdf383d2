/**
 * A column of a block as bytes, little-endian:
 *
 *     u32 width of a row in bytes: 0, 1, 2 or 4     u32 size of the dictionary (0: rows are values)
 *     u32[] the dictionary, ascending               rows, as indexes into it or, without it, values
 *
 * Width 0: every row is the one value of the dictionary.
 */
const HEADER_BYTES = 8;

/** Read with `dictionary[codes[row]]`, or `codes[row]` where there is no dictionary. */
export interface Column {
  /** Ascending, without duplicates; undefined when the codes are the values. */
  readonly dictionary: Uint32Array | undefined;
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
}

/** Whichever form is smallest. @param values at least one */
export function encodeColumn(values: Uint32Array): Uint8Array {
  const { dictionary, codeOf } = dictionaryOf(values);
  const size = dictionary.length;
  const width = size === 1 ? 0 : size <= 256 ? 1 : size <= 65_536 ? 2 : 4;
  if (width === 4 || size * 4 + values.length * width >= values.length * 4 + 4) {
    return bytesOf(4, new Uint32Array(0), values);
  }
  if (width === 0) return bytesOf(0, dictionary, new Uint8Array(0));
  const codes = width === 1 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let row = 0; row < values.length; row++) codes[row] = codeOf(values[row] as number);
  return bytesOf(width, dictionary, codes);
}

interface Dictionary {
  /** Ascending, without duplicates. */
  readonly dictionary: Uint32Array;
  readonly codeOf: (value: number) => number;
}

/** Values that lie close together are looked up in an array, which takes a third of the time a Map does. */
function dictionaryOf(values: Uint32Array): Dictionary {
  let least = values[0] as number;
  let greatest = least;
  for (let row = 1; row < values.length; row++) {
    const value = values[row] as number;
    if (value < least) least = value;
    else if (value > greatest) greatest = value;
  }
  const range = greatest - least + 1;
  return range <= values.length * 4 ? denseDictionary(values, least, range) : sparseDictionary(values);
}

function denseDictionary(values: Uint32Array, least: number, range: number): Dictionary {
  const codes = new Uint32Array(range);
  for (let row = 0; row < values.length; row++) codes[(values[row] as number) - least] = 1;
  const dictionary = new Uint32Array(range);
  let size = 0;
  for (let at = 0; at < range; at++) {
    if (codes[at] === 0) continue;
    dictionary[size] = least + at;
    codes[at] = size++;
  }
  return { dictionary: dictionary.slice(0, size), codeOf: (value) => codes[value - least] as number };
}

function sparseDictionary(values: Uint32Array): Dictionary {
  const dictionary = Uint32Array.from(new Set(values)).sort();
  const codes = new Map<number, number>();
  for (let code = 0; code < dictionary.length; code++) codes.set(dictionary[code] as number, code);
  return { dictionary, codeOf: (value) => codes.get(value) as number };
}

function bytesOf(width: number, dictionary: Uint32Array, rows: Uint8Array | Uint16Array | Uint32Array) {
  const bytes = new Uint8Array(HEADER_BYTES + dictionary.byteLength + rows.byteLength);
  new Uint32Array(bytes.buffer, 0, 2).set([width, dictionary.length]);
  bytes.set(new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength), HEADER_BYTES);
  bytes.set(
    new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength),
    HEADER_BYTES + dictionary.byteLength,
  );
  return bytes;
}

/** @param rows how many the block has @throws when the bytes are no column of so many rows */
export function decodeColumn(bytes: Uint8Array, rows: number): Column {
  // Not `slice`, which of a Buffer copies nothing.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  const [width = -1, size = -1] = byteLength < HEADER_BYTES ? [] : new Uint32Array(buffer, byteOffset, 2);
  const rowsAt = byteOffset + HEADER_BYTES + size * 4;
  if (![0, 1, 2, 4].includes(width) || byteLength !== HEADER_BYTES + size * 4 + rows * width) {
    throw new Error(`${byteLength} bytes are no column of ${rows} rows`);
  }
  return {
    dictionary: size === 0 ? undefined : new Uint32Array(buffer, byteOffset + HEADER_BYTES, size),
    codes:
      width === 4
        ? new Uint32Array(buffer, rowsAt, rows)
        : width === 2
          ? new Uint16Array(buffer, rowsAt, rows)
          : width === 1
            ? new Uint8Array(buffer, rowsAt, rows)
            : zeros(rows),
  };
}

/** The column that a block leaves out, because none of its facts says anything else. */
export function constantColumn(value: number, rows: number): Column {
  return { dictionary: Uint32Array.of(value), codes: zeros(rows) };
}

export function valuesOf({ dictionary, codes }: Column): Uint32Array {
  if (!dictionary) return Uint32Array.from(codes);
  const values = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row++) values[row] = dictionary[codes[row] as number] as number;
  return values;
}

let longestZeros = new Uint8Array(65_536);

/** Shared, as nobody writes into a column. */
function zeros(length: number): Uint8Array {
  if (longestZeros.length < length) longestZeros = new Uint8Array(length);
  return longestZeros.subarray(0, length);
}
