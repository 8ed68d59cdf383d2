import { isDeepStrictEqual } from 'node:util';
import {
  type Column,
  CSV_PARTS,
  cellOf,
  GROUP_ID,
  hashHeading,
  headOf,
  jsonText,
  LINK_COLUMNS,
  lineOf,
  ROW_DATA,
  ROW_KIND,
  SECRETS,
  SET,
} from './link-csv.ts';
import type { Reading } from './source.ts';
import { csv } from './sources/csv.ts';

/**
 * Everything as one table: what `export --format csv --secrets` writes. Links stand in the columns of a table of links,
 * and hashes beside them; what is no link, and what a cell would change (line breaks, spaces at the ends), is JSON in
 * the last column. So it comes back as it was, whatever it is.
 */

type Json = Readonly<Record<string, unknown>>;

const SECRET_HEADINGS: readonly string[] = SECRETS.map(CSV_PARTS.snake);

const COLUMNS: readonly Column[] = [
  { heading: ROW_KIND, write: ({ kind }) => kind },
  ...LINK_COLUMNS.map(({ heading, write }) => ({
    heading,
    // That a password is set is said by its hash.
    write: (link: Json) => (SECRET_HEADINGS.includes(heading) && write(link) === SET ? '' : write(link)),
  })),
  { heading: GROUP_ID, write: ({ groupId }) => groupId },
  ...SECRETS.map((name) => ({
    heading: hashHeading(name),
    write: ({ secretHashes }: Json) => ((secretHashes ?? {}) as Json)[name],
  })),
];

const DATA: Column = { heading: ROW_DATA, write: () => undefined };

export const WHOLE_CSV_HEAD = headOf([...COLUMNS, DATA]);

/** @param row as a line of the export in full has it */
export function wholeCsvLine(row: Json): string {
  // As it will be compared with what is read: without what JSON does not have.
  const { kind, ...members } = JSON.parse(JSON.stringify(row)) as Json;
  const written = COLUMNS.map(({ write }) => cellOf(write(row)));
  const found = kind === 'link' ? readBack(written) : undefined;
  const cells = found ? written : COLUMNS.map(({ heading }) => (heading === ROW_KIND ? String(kind) : ''));
  const data = found ? lostBetween(members, found) : members;
  return lineOf([...cells, cellOf(jsonText(data))]);
}

/** What cells do not bring back: its value, or null where they bring something that was not there. */
function lostBetween(members: Json, found: Json): Json {
  const names = new Set([...Object.keys(members), ...Object.keys(found)]);
  names.delete('kind');
  return Object.fromEntries(
    [...names]
      .filter((name) => !isDeepStrictEqual(found[name], members[name]))
      .map((name) => [name, members[name] ?? null]),
  );
}

/** Undefined when there is no reading them. */
function readBack(cells: readonly string[]): Json | undefined {
  const texts = new Map(COLUMNS.map(({ heading }, at) => [heading, unquoted(cells[at] ?? '').trim()]));
  const read = csv.table?.read({ get: (name) => texts.get(name) ?? '' }) as Reading;
  return 'row' in read ? read.row : undefined;
}

function unquoted(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}
