import { type Columns, SourceError, type TableRow } from './source.ts';

/** Which column of a file is which. */
export interface TableShape {
  /** Whether the first record was headings, and is no row. */
  readonly hasHeadings: boolean;
  /** Headings of columns that are not read; of a service's own file none. */
  readonly leftOut: readonly string[];
  rowOf(fields: readonly string[]): TableRow;
}

interface TableRules {
  readonly columns: Columns;
  readonly needed: readonly (readonly string[])[];
  readonly order?: readonly string[];
  readonly nothing?: string;
  readonly isAnybodys?: boolean;
}

/** Stems that nothing innocent has, wherever they stand. */
const STEMS = ['passw', 'pwd', 'protect', 'expir', '비밀번호', '암호'];

/** Words, each with what is often written on to it. */
const WORDS = [
  ...['pass(code|phrase|key)?', 'pin', 'secrets?', 'auth', 'access', 'private', 'public', 'visib(le|ility)'],
  ...['hidden', 'lock(ed)?', 'block(ed)?', 'ban(ned)?', 'restrict(ed|ions?)?', 'suspend(ed)?', 'revoked?'],
  ...['(un)?limit(s|ed|ation)?', 'max', 'max(imum)? ?(clicks?|visit(s|ors?)?|uses?|hits?|views?)'],
  ...['remaining', 'left', 'valid(ity|from|since|to)?', '(valid)?until', 'ttl', 'deadline', 'closed?'],
  ...['start(s|ed|ing)?', 'begin(s|ning)?', 'end(s|ed|ing)?', 'stop(s|ped)?', 'status', 'state'],
  ...['(in)?active', '(de)?activated?', '(en|dis)abled?', 'paused?', 'deleted?', 'removed?', 'archived?'],
  '(un)?publish(ed)?',
];

/** What a heading calls that lets fewer people through. Without it the links would be more open than they were. */
const PROTECTING = new RegExp(
  `${STEMS.join('|')}|(?<![a-z])(is|has|link|url)?(${WORDS.join('|')})(at|on|by|date|time)?(?![a-z])`,
);

function mayProtect(heading: string): boolean {
  return PROTECTING.test(wordsOf(heading));
}

/** `maxClicks`, `MAX_CLICKS` and `max-clicks` are `max clicks`. */
function wordsOf(heading: string): string {
  return heading
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1$3 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
}

/** Headings are the same whatever their capitals, spaces and punctuation. */
export function plain(heading: string): string {
  return heading
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * Finds the columns of a file by its first record.
 *
 * @param file what the source is called, for the error
 * @param ignored headings of columns that are not to be read
 * @throws SourceError naming the columns that are missing, or may protect links and are not known
 */
export function tableShape(
  first: readonly string[],
  rules: TableRules,
  file: string,
  ignored: readonly string[] = [],
): TableShape {
  const without = ignoredIn(first, ignored);
  const positions = positionsIn(first, rules.columns, without);
  const missing = rules.needed.filter((names) => names.every((name) => !positions.has(name)));
  const { order, nothing } = rules;
  if (missing.length === 0) {
    const leftOut = rules.isAnybodys ? leftOutOf(first, positions, without) : [];
    return { ...shapeOf(onlyOnes(positions, first), nothing), hasHeadings: true, leftOut };
  }
  // A table without headings is known by the number of its columns and a URL where one belongs.
  if (order && first.length === order.length && first.some((field) => /^https?:\/\//i.test(field.trim()))) {
    const positions = new Map(order.map((name, index) => [name, index]));
    return { ...shapeOf(positions, nothing), hasHeadings: false, leftOut: [] };
  }
  const names = missing.map((one) => one.map((name) => headingsOf(name, rules.columns)).join(' or '));
  throw new SourceError(
    `The file has no column ${names.join(', and none ')}. Its first line must name the columns of ${file}; it has: ${shown(first)}.`,
  );
}

/**
 * Looks at the members of an object as at the columns of a table. An ignored one that is not there may be in another.
 *
 * @returns the names of those that are not read, and the object without those that are to be ignored
 * @throws SourceError naming members that may protect the link and are not known
 */
export function objectShape(
  item: Readonly<Record<string, unknown>>,
  columns: Columns,
  ignored: readonly string[],
): { readonly leftOut: readonly string[]; readonly item: Readonly<Record<string, unknown>> } {
  const without = new Set(ignored.map(plain));
  const names = Object.keys(item);
  const leftOut = leftOutOf(names, positionsIn(names, columns, without), without);
  const kept = Object.entries(item).filter(([name]) => !without.has(plain(name)));
  return { leftOut, item: Object.fromEntries(kept) };
}

/** @throws SourceError naming one that is not there: it may be misspelt */
function ignoredIn(headings: readonly string[], ignored: readonly string[]): ReadonlySet<string> {
  const found = headings.map(plain);
  const missing = ignored.find((heading) => !found.includes(plain(heading)));
  if (missing === undefined) return new Set(ignored.map(plain));
  throw new SourceError(
    `The file has no column ${shown([missing])} to leave out; it has: ${shown(headings)}.`,
  );
}

/** @throws SourceError naming those that may protect links, and that nobody has said to leave out */
function leftOutOf(
  headings: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  ignored: ReadonlySet<string>,
): string[] {
  const read = new Set([...positions.values()].flat());
  const left = headings.filter((heading, at) => !read.has(at) && heading.trim() !== '');
  const protecting = left.filter((heading) => !ignored.has(plain(heading)) && mayProtect(heading));
  if (protecting.length === 0) return left;
  throw new SourceError(
    `The file has columns that may be what protects its links, and are not read: ${shown(protecting)}. import csv reads those that docs/migration.md lists, such as max_clicks; or leave them out with --ignore-columns.`,
  );
}

/** Where each column is said to be; those that are nowhere, or ignored, are left out. */
function positionsIn(
  headings: readonly string[],
  columns: Columns,
  ignored: ReadonlySet<string>,
): Map<string, readonly number[]> {
  const found = headings.map(plain).map((heading) => (ignored.has(heading) ? undefined : heading));
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
  nothing: string | undefined,
): Pick<TableShape, 'rowOf'> {
  return {
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
