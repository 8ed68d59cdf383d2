import type { TableReading } from './whole-store.ts';

/** Rows held at once of tables with small cells, and of those where one cell may have half a megabyte. */
const ROWS_PER_PAGE = 1_000;
const LARGE_ROWS_PER_PAGE = 16;

export function rowsPerPage({ isLarge }: TableReading): number {
  return isLarge ? LARGE_ROWS_PER_PAGE : ROWS_PER_PAGE;
}

/** @param byBytes what makes texts compare by their bytes, whatever language the database speaks */
export function readStatement({ table, instead = {}, from }: TableReading, byBytes: string): string {
  const columns = table.columns.map(({ name }) =>
    instead[name] === undefined ? `"${name}"` : `${instead[name]} as "${name}"`,
  );
  const key = table.key.map((name) => {
    const isText = table.columns.some((column) => column.name === name && column.kind === 'text');
    return isText ? `"${name}" ${byBytes}` : `"${name}"`;
  });
  const source = from === undefined ? `"${table.name}"` : `${from} as "${table.name}"`;
  return `select ${columns.join(', ')} from ${source} order by ${key.join(', ')}`;
}
