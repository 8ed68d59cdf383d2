import { type Columns, SourceError, type TableRow } from './source.ts';

/** Which column of a file is which. */
export interface TableShape {
  /** Whether the first record was headings, and is no row. */
  readonly hasHeadings: boolean;
  rowOf(fields: readonly string[]): TableRow;
}

interface TableRules {
  readonly columns: Columns;
  readonly needed: readonly (readonly string[])[];
  readonly order?: readonly string[];
  readonly nothing?: string;
}

/** Headings are the same whatever their capitals, spaces and punctuation. */
function plain(heading: string): string {
  return heading
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * Finds the columns of a file by its first record.
 *
 * @param file what the source is called, for the error
 * @throws SourceError naming the columns that are missing
 */
export function tableShape(first: readonly string[], rules: TableRules, file: string): TableShape {
  const positions = positionsIn(first, rules.columns);
  const missing = rules.needed.filter((names) => names.every((name) => !positions.has(name)));
  const { order, nothing } = rules;
  if (missing.length === 0) return shapeOf(onlyOnes(positions, first), true, nothing);
  // A table without headings is known by the number of its columns and a URL where one belongs.
  if (order && first.length === order.length && first.some((field) => /^https?:\/\//i.test(field.trim()))) {
    return shapeOf(new Map(order.map((name, index) => [name, index])), false, nothing);
  }
  const names = missing.map((one) => one.map((name) => headingsOf(name, rules.columns)).join(' or '));
  throw new SourceError(
    `The file has no column ${names.join(', and none ')}. Its first line must name the columns of ${file}; it has: ${shown(first)}.`,
  );
}

/** Where each column is said to be; those that are nowhere are left out. */
function positionsIn(headings: readonly string[], columns: Columns): Map<string, readonly number[]> {
  const found = headings.map(plain);
  const positions = Object.entries(columns).map(([name, aliases]) => {
    const names = new Set([name, ...aliases].map(plain));
    return [name, [...found.keys()].filter((at) => names.has(found[at] as string))] as const;
  });
  return new Map(positions.filter(([, all]) => all.length > 0));
}

/** @throws SourceError naming columns of which each could be the one that is meant */
function onlyOnes(
  positions: ReadonlyMap<string, readonly number[]>,
  headings: readonly string[],
): Map<string, number> {
  const ones = [...positions].map(([name, [first = -1, ...others]]) => {
    if (others.length === 0) return [name, first] as const;
    const twice = shown([first, ...others].map((at) => headings[at] as string));
    throw new SourceError(
      `The file has ${others.length + 1} columns for "${name}": ${twice}. Keep the one that is meant.`,
    );
  });
  return new Map(ones);
}

function shapeOf(
  positions: ReadonlyMap<string, number>,
  hasHeadings: boolean,
  nothing: string | undefined,
): TableShape {
  return {
    hasHeadings,
    rowOf: (fields) => ({
      get: (name) => {
        const text = fields[positions.get(name) ?? -1]?.trim() ?? '';
        return text === nothing ? '' : text;
      },
    }),
  };
}

function headingsOf(name: string, columns: Columns): string {
  return [...new Set([name, ...(columns[name] ?? [])])].map((heading) => `"${heading}"`).join(' or ');
}

function shown(fields: readonly string[]): string {
  const names = fields.slice(0, 12).map((field) => JSON.stringify(field.slice(0, 40)));
  return names.join(', ') + (fields.length > names.length ? ', …' : '');
}
