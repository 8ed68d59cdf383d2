import { stringOf } from './field-reading.ts';
import type { Columns, TableRow } from './source.ts';
import { plain } from './table-columns.ts';

/**
 * An object as a row of a table: its members are called as the headings of columns may be. Of two for one thing the
 * first that says something counts.
 */
export function namedRow(item: Readonly<Record<string, unknown>>, columns: Columns): TableRow {
  const members = Object.entries(item).map(([name, value]) => [plain(name), textOf(value)] as const);
  return {
    get(field) {
      const names = [field, ...(columns[field] ?? [])].map(plain);
      return members.find(([name, text]) => text !== '' && names.includes(name))?.[1] ?? '';
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : stringOf(value);
}
