import { printable } from '../printable.ts';

const LONGEST = 80;

/** What somebody else's file says, for a line of a terminal. */
export function quoted(value: unknown): string {
  const text = printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  return `"${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}"`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
